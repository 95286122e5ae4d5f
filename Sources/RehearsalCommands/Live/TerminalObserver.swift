import Foundation
import RehearsalDeclaration
import RehearsalEngine
import RehearsalHistory
import RehearsalImages
import RehearsalModel
import RehearsalPlanner
import RehearsalReport
import RehearsalRuns
import RehearsalTestbed
import Synchronization

/// Shows in the terminal what happens to a run or a testbed.
final class TerminalObserver: RunObserver {
    /// What a command leaves out because its output is something else.
    enum Detail { case all, imagesAlone }

    private struct State {
        var view: ProgressView?
        var ticking: Task<Void, any Error>?
        var saidImages = false
    }

    private let detail: Detail
    private let state = Mutex(State())

    init(_ detail: Detail = .all) { self.detail = detail }

    /// The view of the run that is being executed.
    var view: ProgressView? { state.withLock { $0.view } }

    func observe(_ progress: RunProgress) {
        switch progress {
        case .warning(let warning): Terminal.note("\(warning)")
        case .image(let progress): show(progress)
        case .prepared(let images, let host): if detail == .all { show(images, host) }
        case .planned(let plan, let checkpoints):
            Terminal.note("")
            Terminal.output(PlanPrinter.print(plan) + checkpoints)
            Terminal.note("")
        case .testbed(let name): Terminal.note(Terminal.styled("Testbed \(name)", .bold))
        case .raising(let progress, let seconds): show(progress, at: seconds)
        case .notRaised(let name, let isKept):
            Terminal.note(
                isKept
                    ? "testbed \(name) stays as it is; `rehearse down \(name)` ends it" : "testbed \(name) was ended: it was not ready yet")
        case .checkpointUnusable(let reason):
            Terminal.note("the checkpoint of the ready testbed is not usable: \(reason); booting the machines instead")
        case .removedRun(let run): Terminal.note("removed run \(run): more are not kept (`rehearse runs keep`)")
        case .madeRoom(let run): Terminal.note("removed the checkpoints of run \(run), to make room")
        case .goingBack(let step, let reason): Terminal.note("\(reason); going back to the last checkpoint, of step \(step)")
        case .proceduresChanged(let names):
            Terminal.note("changed since Heat was sent them: \(names.joined(separator: ", ")); the update goes on with what they are now")
        case .executing(let run, let plan, let start, let journal):
            if journal.allSatisfy({ $0.step == nil }) { Terminal.note("\n" + Terminal.styled("Run \(run)", .bold)) }
            begin(ProgressView(plan: plan, start: start, before: journal))
        case .event(let event): view?.show(event)
        case .executed: end()
        case .left(let run, let testbed, let machine):
            let what = machine.map { "stopped before \($0)" } ?? "left; machines go on with what they are doing"
            Terminal.note("\(what). Go on with `rehearse resume \(run)`, end it with `rehearse down \(testbed)`")
        case .canGoBack(let run): Terminal.note("the run can go on from its last checkpoint: `rehearse resume \(run)`")
        case .gatheringFacts: Terminal.note("asking the machines what they noted")
        case .factsMissing(let machine, let reason):
            Terminal.warning("\(machine) did not tell what it noted, so that causes are named without it: \(reason)")
        case .failed(let step, let reason): Terminal.error("step \(step): \(reason)")
        case .kept(let name): Terminal.note("testbed \(name) is still up: `rehearse shell MACHINE`, `rehearse down \(name)`")
        case .compressing(let count):
            Terminal.note("compressing what \(count) checkpoints hold (`rehearse rewind`); all else is done")
        case .notCompressed(let reason): Terminal.note("the run's checkpoints stay as large as they are: \(reason)")
        }
    }

    // MARK: A run that is executed

    private func begin(_ view: ProgressView) {
        let ticking = Task {
            while !Task.isCancelled {
                view.tick()
                try await Task.sleep(for: .seconds(1))
            }
        }
        state.withLock {
            $0.view = view
            $0.ticking = ticking
        }
    }

    private func end() {
        let (view, ticking) = state.withLock { state in
            defer { (state.view, state.ticking) = (nil, nil) }
            return (state.view, state.ticking)
        }
        ticking?.cancel()
        view?.clear()
    }

    // MARK: What comes before

    private func show(_ progress: ImageProgress) {
        let isFirst = state.withLock { state in
            defer { state.saidImages = true }
            return !state.saidImages
        }
        if detail == .all, isFirst { Terminal.note(Terminal.styled("Images", .bold)) }
        switch progress {
        case .reused(let kind, let digest): Terminal.note(Terminal.styled("  image \(kind) \(digest.prefix(8)) from the cache", .dim))
        case .building(let kind, let digest): Terminal.note("  image \(kind) \(digest.prefix(8)): building")
        case .stage(let kind, let stage): Terminal.note(Terminal.styled("  image \(kind): \(stage)", .dim))
        case .built(let kind, let seconds, let bytes): Terminal.note("  image \(kind): built in \(seconds.spoken), \(bytes.sizeText)")
        }
    }

    private func show(_ images: ImageSet, _ host: HostConditions) {
        let count = images.delta.count
        Terminal.note("  \(count) packages differ between the installed and the candidate channel (\(images.candidateSource))")
        if !images.candidateLeftOut.isEmpty {
            let names = images.candidateLeftOut.joined(separator: ", ")
            Terminal.warning(
                "\(images.candidateLeftOut.count) packages of the directory change nothing, because no image has an older one: \(names)")
        }
        Terminal.note("  accelerator \(host.text)")
    }

    private func show(_ progress: TestbedRaiser.Progress, at elapsed: Double) {
        let clock = Terminal.styled(String(format: "%3d:%02d", Int(elapsed) / 60, Int(elapsed) % 60), .dim)
        switch progress {
        case .launched(let holder): Terminal.note("\(clock) \(holder) holds the testbed")
        case .machineStarted(let name): Terminal.note("\(clock) \(name) is on")
        case .guestAnswers(let name, let seconds): Terminal.note("\(clock) \(name) answers (\(seconds.spoken))")
        case .waiting(let waiting, _):
            if !waiting.isEmpty { Terminal.note("\(clock) waiting for \(ServiceReadiness.summary(waiting))") }
        case .ready(let seconds):
            Terminal.note("\(clock) \(Terminal.styled("ready", .green)): everything on every machine is proven (\(seconds.spoken))")
        case .restored(let seconds): Terminal.note("\(clock) all machines are back from the checkpoint (\(seconds.spoken))")
        case .notSaved(let reason): Terminal.note("\(clock) not saved for the next time: \(reason)")
        case .saved(let checkpoint):
            let pause = checkpoint.pauseSeconds.spoken
            Terminal.note("\(clock) saved for the next time: \(checkpoint.bytes.sizeText), machines stood still for \(pause)")
        }
    }
}
