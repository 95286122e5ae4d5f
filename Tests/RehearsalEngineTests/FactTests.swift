import RehearsalHistory
import RehearsalModel
import Testing

@testable import RehearsalEngine

/// What machines note, as their journals and logs have it: lines of a real run of `ha`.
@Suite("facts from a machine's journal")
struct FactTests {
    private static let units = UnitOwners(services: ["haproxy", "galera", "keystone", "memcached"]) { service in
        ["galera": ["mariadb.service.d", "clustercheck.service"]][service] ?? []
    }

    private func clock(_ pauses: [ExcludedInterval] = []) -> GuestClock {
        GuestClock(reading: GuestClockReading(offset: 1_000_000_000_000, wall: 500_000_000_000), pauses: pauses)
    }

    private func facts(_ journal: String) -> [Fact] {
        JournalFacts(
            machine: "controller-0", clock: clock(), units: Self.units, members: [2: "controller-0", 3: "controller-1", 4: "controller-2"]
        ).facts(in: journal)
    }

    @Test("systemd: units of services that start, stop and die")
    func systemd() {
        let found = facts(
            """
            [  147.948645] controller-0 systemd[1]: Started memcached.service - memcached daemon.
            [  307.919366] controller-0 systemd[1]: Stopping mariadb.service - MariaDB 10.11.18 database server...
            [  309.000001] controller-0 systemd[1]: Stopped mariadb.service - MariaDB 10.11.18 database server.
            [  400.000000] controller-0 systemd[1]: haproxy.service: Main process exited, code=killed, status=9/KILL
            [  478.518522] controller-0 systemd[1]: rehearsal-heat-085f36cd.service: Consumed 1.372s CPU time.
            [  479.000000] controller-0 systemd[1]: Started somebody-elses.service - Nobody knows it.
            """)
        #expect(found.map(\.service) == ["memcached", "galera", "galera", "haproxy"])
        #expect(found.map(\.change) == [.gained, .lost, .lost, .lost])
        #expect(found.map(\.text) == ["started", "was told to stop", "stopped", "died (killed, 9/KILL)"])
        #expect(found[0].time == Timestamp(nanoseconds: 1_147_948_645_000))
    }

    @Test("HAProxy: servers that are found and given up, on every machine's account")
    func haproxy() {
        let found = facts(
            """
            [  146.634895] controller-0 haproxy[370]: Server keystone/controller-2 is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: 1517ms. 0 active and 0 backup servers left.
            [  146.635996] controller-0 haproxy[370]: proxy keystone has no server available!
            [  147.630534] controller-0 haproxy[370]: Backup Server galera/controller-2 is DOWN, reason: Layer7 wrong status, code: 503, info: "Service Unavailable", check duration: 1517ms.
            [  310.647723] controller-0 haproxy[370]: [WARNING]  (370) : Server galera/controller-0 is UP, reason: Layer7 check passed, code: 200, check duration: 6389ms.
            [  320.000000] controller-0 haproxy[370]: Server galera/controller-1 is going DOWN for maintenance. 2 active and 0 backup servers left.
            """)
        #expect(
            found.map(\.subject) == [
                "keystone/controller-2", "keystone", "galera/controller-2", "galera/controller-0", "galera/controller-1",
            ])
        #expect(found.map(\.service) == ["keystone", "keystone", "galera", "galera", "galera"])
        #expect(found.map(\.change) == [.lost, .lost, .lost, .gained, .lost])
        #expect(found[0].text.hasPrefix("is DOWN, reason: Layer4 connection problem"))
        #expect(found[4].text == "is going DOWN for maintenance")
    }

    @Test("addresses, the router and the cluster's members")
    func others() {
        let found = facts(
            """
            [ 1392.233471] controller-2 IPaddr2(vip-public)[1794]: INFO: Adding inet address 203.0.113.10/32 to device eth2
            [ 1396.935872] controller-2 IPaddr2(vip-public)[1805]: INFO: Bringing device eth2 up
            [ 1500.000000] controller-2 IPaddr2(vip-public)[1999]: INFO: IP status = ok, IP_CIP=
            [  230.067425] controller-0 Keepalived_vrrp[565]: (VR_1) Entering BACKUP STATE (init)
            [  330.067425] controller-0 Keepalived_vrrp[565]: (VR_1) Entering MASTER STATE
            [  430.067425] controller-0 Keepalived_vrrp[565]: (VR_1) sent 0 priority
            [   61.367924] controller-2 corosync[199]:   [TOTEM ] A new membership (2.9) was formed. Members left: 2 3
            [   62.367924] controller-2 corosync[199]:   [TOTEM ] A new membership (2.9) was formed. Members joined: 2 left: 3
            [   61.367924] this is no line of a journal
            """)
        #expect(found.map(\.source) == [.address, .address, .keepalived, .keepalived] + [Fact.Source](repeating: .corosync, count: 4))
        #expect(found.map(\.change) == [.gained, .lost, .gained, .lost, .lost, .lost, .gained, .lost])
        #expect(found[0].text == "(203.0.113.10) was taken" && found[3].summary == "VR_1 was given up on controller-0")
        #expect(found[5].summary == "controller-1 left the cluster, noted by controller-0" && found[5].place == "controller-1")
        #expect(found[6].summary == "controller-0 joined the cluster on controller-0")
    }

    @Test("dpkg: packages and their services, by the guest's wall clock")
    func dpkg() {
        let found = PackageFactsOfLog(machine: "controller-0", clock: clock()) { $0.hasPrefix("haproxy") ? "haproxy" : nil }.facts(
            in: """
                2026-11-28 00:12:44 upgrade haproxy:amd64 2.6.12-1 2.6.12-1+deb12u4
                2026-11-28 00:12:45 status unpacked haproxy:amd64 2.6.12-1+deb12u4
                """)
        #expect(found.map(\.text) == ["went from 2.6.12-1 to 2.6.12-1+deb12u4"])
        #expect(found.map(\.service) == ["haproxy"])
        let wall = Timestamp(iso8601: "2026-11-28T00:12:44.000Z")!
        #expect(found[0].time == wall.advanced(byNanoseconds: 500_000_000_000))
    }

    @Test("RabbitMQ: brokers that another broker loses and finds, by the guest's wall clock")
    func brokers() {
        let found = BrokerFactsOfLog(machine: "controller-0", clock: clock()).facts(
            in: """
                2026-11-28 16:22:01.123456+00:00 [info] <0.388.0> rabbit on node 'rabbit@controller-2' down
                2026-11-28 16:22:01.223456+00:00 [info] <0.388.0> node 'rabbit@controller-2' down: connection_closed
                2026-11-28 16:22:02.000000+00:00 [error] <0.100.0> ** Node 'rabbit@controller-1' not responding **
                2026-11-28 16:22:03.000000+00:00 [error] <0.200.0> Mnesia('rabbit@controller-0'): ** ERROR ** mnesia_event got {inconsistent_database, running_partitioned_network, 'rabbit@controller-1'}
                2026-11-28 16:22:04.000000+00:00 [info] <0.388.0> rabbit on node 'rabbit@controller-2' up
                2026-11-28 16:22:05.000000+00:00 [info] <0.900.0> accepting AMQP connection <0.900.0> (198.51.100.1:40000 -> 198.51.100.2:5672)
                """)
        #expect(found.map(\.subject) == ["controller-2", "controller-2", "controller-1", "controller-1", "controller-2"])
        #expect(found.map(\.change) == [.lost, .lost, .lost, .lost, .gained])
        #expect(found.allSatisfy { $0.service == "rabbitmq" && $0.place == $0.subject })
        #expect(found[1].summary == "controller-2 cannot be reached by another broker (connection_closed), noted by controller-0")
        #expect(found[0].time == Timestamp(iso8601: "2026-11-28T16:22:01.123Z")!.advanced(byNanoseconds: 500_000_000_000))
    }

    @Test("what was noted before the machines stood still is as much later as they did")
    func pauses() {
        func at(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: seconds * 1_000_000_000) }
        // The machine's uptime is 1000 s behind the run's clock now; it stood still twice, for 7 s and for 3 s.
        let clock = clock([
            ExcludedInterval(start: at(1_100), end: at(1_107), reason: .checkpoint),
            ExcludedInterval(start: at(1_200), end: at(1_203), reason: .checkpoint),
        ])
        #expect(clock.time(ofUptime: 210) == at(1_210))
        #expect(clock.time(ofUptime: 203) == at(1_203))
        #expect(clock.time(ofUptime: 202) == at(1_199))
        #expect(clock.time(ofUptime: 100) == at(1_090))
    }
}
