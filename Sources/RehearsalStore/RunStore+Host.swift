import GRDB
public import RehearsalHistory
public import RehearsalModel

extension RunStore {
    /// Adds readings of the host and of the machines' QEMUs in one transaction; all of them are on disk when this returns, or none.
    public func append(host: [HostSample], guests: [GuestSample]) throws {
        guard !host.isEmpty || !guests.isEmpty else { return }
        try write("store readings of the host") { database in
            let ofHost = try database.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO host_samples (time, cpu_pressure_ns, io_pressure_ns, stolen_ns, free_bytes)
                    VALUES (?, ?, ?, ?, ?)
                    """)
            for sample in host {
                try ofHost.execute(arguments: [
                    sample.time.nanoseconds, sample.processorPressureNanoseconds, sample.storagePressureNanoseconds,
                    sample.stolenNanoseconds, sample.freeBytes,
                ])
            }
            let ofGuests = try database.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO guest_samples (time, machine, ran_ns, waited_ns, loop_waited_ns) VALUES (?, ?, ?, ?, ?)
                    """)
            for sample in guests {
                try ofGuests.execute(arguments: [
                    sample.time.nanoseconds, sample.machine, sample.ranNanoseconds, sample.waitedNanoseconds,
                    sample.loopWaitedNanoseconds,
                ])
            }
        }
    }

    /// How the host kept the machines waiting; unknown in a run that was made before Rehearsal recorded it.
    ///
    /// - Parameter end: Only what was recorded at this instant or earlier; nil for all.
    public func hostLoad(until end: Timestamp?) throws -> HostLoad {
        try read("read how the host stood") { database in
            guard try database.tableExists("host_samples") else { return .unknown }
            let last = end?.nanoseconds ?? Int64.max
            let host = try Row.fetchAll(
                database,
                sql: """
                    SELECT time, cpu_pressure_ns, io_pressure_ns, stolen_ns, free_bytes FROM host_samples
                    WHERE time <= ? ORDER BY time
                    """, arguments: [last]
            ).map {
                HostSample(
                    time: Timestamp(nanoseconds: $0[0]), processorPressureNanoseconds: $0[1], storagePressureNanoseconds: $0[2],
                    stolenNanoseconds: $0[3], freeBytes: $0[4])
            }
            let guests = try Row.fetchAll(
                database,
                sql: """
                    SELECT time, machine, ran_ns, waited_ns, loop_waited_ns FROM guest_samples
                    WHERE time <= ? ORDER BY time, machine
                    """, arguments: [last]
            ).map {
                GuestSample(
                    time: Timestamp(nanoseconds: $0[0]), machine: $0[1], ranNanoseconds: $0[2], waitedNanoseconds: $0[3],
                    loopWaitedNanoseconds: $0[4])
            }
            return HostLoad(host: host, guests: guests)
        }
    }
}
