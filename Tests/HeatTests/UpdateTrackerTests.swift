import Foundation
import Testing

@testable import Heat

@Suite("where servers stand in an update")
struct UpdateTrackerTests {
    private let root = StackReference(name: "overcloud", id: "root")
    private let one = StackReference(name: "overcloud-Controller-x-0-y", id: "one")
    private let two = StackReference(name: "overcloud-Controller-x-1-y", id: "two")
    private let start = "2026-11-22T11:19:00Z"

    private func tracker(since: String? = nil) -> UpdateTracker {
        UpdateTracker(
            root: root, places: [place("controller-0", one), place("controller-1", two)], since: since ?? start)
    }

    private func place(_ server: String, _ stack: StackReference) -> UpdateTracker.Place {
        .init(server: server, stack: stack, resource: "UpdateDeployment")
    }

    private func event(
        _ id: String, _ stack: StackReference, _ status: String, _ reason: String = "state changed",
        at time: String = "2026-11-22T11:19:05Z",
        resource: String = "UpdateDeployment", physicalID: String = "d"
    ) -> StackEvent {
        StackEvent(id: id, time: time, resource: resource, physicalID: physicalID, status: status, reason: reason, stack: stack)
    }

    private let paused = "UPDATE paused until Hook pre-update is cleared"

    @Test("paused, cleared, running, signalled, complete: as Heat 19 reported it")
    func recorded() throws {
        let events = try JSONDecoder().decode([String: [StackEvent]].self, from: try Fixture.data("events_hook_sequence"))["events"] ?? []
        let compute = try #require(events.last?.stack)
        let controller = try #require(events.first?.stack)
        var tracker = UpdateTracker(
            root: root, places: [place("compute-1", compute), place("controller-1", controller)], since: start)
        tracker.absorb(Array(events.prefix(1)))
        #expect(tracker.servers["controller-1"]?.state == .onBreakpoint, "its status says COMPLETE all the while")
        tracker.absorb(Array(events.prefix(3)))
        #expect(tracker.servers["compute-1"]?.state == .inProgress)
        tracker.absorb(Array(events.prefix(4)))
        #expect(tracker.servers["compute-1"]?.state == .inProgress, "a signal is not the end")
        tracker.absorb(events)
        #expect(tracker.servers["compute-1"]?.state == .completed)
        #expect(tracker.servers["controller-1"]?.state == .onBreakpoint)
    }

    @Test("what is not known yet is not older than the newest that is, whatever the order it was told in")
    func newest() {
        var tracker = tracker()
        #expect(tracker.newest.isEmpty)
        tracker.absorb([event("2", one, "UPDATE_IN_PROGRESS", at: "2026-11-22T11:20:05Z"), event("1", one, "UPDATE_COMPLETE", paused)])
        tracker.absorb([event("0", one, "UPDATE_COMPLETE", at: "2026-11-22T11:18:59Z")])
        #expect(tracker.newest == "2026-11-22T11:20:05Z")
    }

    @Test("the COMPLETE of the update before is not taken for this one's (LP 1589986)")
    func stale() {
        var tracker = tracker()
        tracker.absorb([event("1", one, "UPDATE_COMPLETE", at: "2026-11-22T11:18:59Z"), event("2", one, "UPDATE_COMPLETE", paused)])
        #expect(tracker.servers["controller-0"]?.state == .onBreakpoint)
    }

    @Test("a deployment of the whole stack, which no breakpoint guards, is none of a server's own")
    func task() {
        var tracker = UpdateTracker(
            root: root,
            places: [place("controller-0", one), .init(server: "Task1-controller-0", stack: root, resource: "Task1-controller-0")],
            since: start)
        #expect(tracker.eventNames == ["overcloud", "Task1-controller-0", "UpdateDeployment", "overcloud-Controller-x-0-y"])
        tracker.absorb([
            event("1", root, "UPDATE_IN_PROGRESS", "Stack UPDATE started", resource: "overcloud"),
            event("2", one, "UPDATE_COMPLETE", paused), event("3", root, "CREATE_IN_PROGRESS", resource: "Task1-controller-0"),
        ])
        #expect(tracker.servers["controller-0"]?.state == .onBreakpoint)
        #expect(tracker.servers["Task1-controller-0"]?.state == .inProgress)
        #expect(tracker.status?.isInProgress == true)
        tracker.absorb([event("4", root, "CREATE_FAILED", "status code: 7", resource: "Task1-controller-0")])
        #expect(tracker.servers["Task1-controller-0"]?.state == .failed)
        #expect(tracker.servers["Task1-controller-0"]?.reason == "status code: 7")
    }

    @Test("the order of events within a second, and events that come twice, change nothing")
    func order() {
        let events = [
            event("1", one, "UPDATE_COMPLETE", paused), event("2", one, "UPDATE_COMPLETE", "Hook pre-update is cleared"),
            event("3", one, "UPDATE_IN_PROGRESS"), event("4", one, "UPDATE_COMPLETE"),
        ]
        for order in [events, events.reversed(), events + events] {
            var tracker = tracker()
            tracker.absorb(order)
            #expect(tracker.servers["controller-0"]?.state == .completed)
        }
    }

    @Test("a server without anything new completes without its deployment having run")
    func unchanged() {
        var tracker = tracker()
        tracker.absorb([
            event("1", one, "UPDATE_COMPLETE", paused), event("2", one, "UPDATE_COMPLETE", "Hook pre-update is cleared"),
            event("3", one, "UPDATE_COMPLETE", "Stack UPDATE completed successfully", resource: one.name),
        ])
        #expect(tracker.servers["controller-0"]?.state == .completed)
        #expect(tracker.servers["controller-0"]?.hasRun == false)
    }

    @Test("a failure names its reason, and the deployment that replaces it is the server's from then on")
    func failure() {
        var tracker = tracker()
        tracker.absorb([event("1", one, "UPDATE_FAILED", "Deployment exited with non-zero status code: 7", physicalID: "old")])
        #expect(tracker.servers["controller-0"] == UpdateTracker.Server.failed("Deployment exited with non-zero status code: 7", "old"))
        var next = self.tracker(since: "2026-11-22T11:20:00Z")
        next.absorb([
            event("1", one, "UPDATE_FAILED", "…", physicalID: "old"),
            event("5", one, "CREATE_IN_PROGRESS", at: "2026-11-22T11:20:09Z", physicalID: "new"),
            event("6", one, "DELETE_COMPLETE", at: "2026-11-22T11:20:09Z", physicalID: "old"),
        ])
        #expect(next.servers["controller-0"]?.state == .inProgress)
        #expect(next.servers["controller-0"]?.deployment == "new")
    }

    @Test("an update starts at the last event that says so, of the stack itself")
    func starts() {
        let events = [
            event("1", root, "UPDATE_IN_PROGRESS", "Stack UPDATE started", at: "2026-11-22T10:00:00Z", resource: "overcloud"),
            event("2", root, "UPDATE_COMPLETE", "Stack UPDATE completed successfully", at: "2026-11-22T10:05:00Z", resource: "overcloud"),
            event("3", root, "UPDATE_IN_PROGRESS", "Stack UPDATE started", at: start, resource: "overcloud"),
            event("4", one, "UPDATE_IN_PROGRESS", "Stack UPDATE started", at: "2026-11-22T11:19:01Z", resource: one.name),
        ]
        #expect(UpdateTracker.start(of: root, in: events) == start)
        #expect(UpdateTracker.start(of: root, in: []) == nil)
    }
}

extension UpdateTracker.Server {
    fileprivate static func failed(_ reason: String, _ deployment: String) -> Self {
        var server = Self()
        server.state = .failed
        server.reason = reason
        server.deployment = deployment
        return server
    }
}
