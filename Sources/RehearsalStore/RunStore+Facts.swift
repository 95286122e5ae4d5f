import GRDB
public import RehearsalHistory
import RehearsalModel

extension RunStore {
    /// Sets which services each service of the topology needs, by name.
    public func setServiceNeeds(_ needs: [String: [String]]) throws {
        try write("store the services") { database in
            try database.execute(sql: "DELETE FROM services")
            for (name, needed) in needs.sorted(by: { $0.key < $1.key }) {
                try database.execute(
                    sql: "INSERT INTO services (name, needs) VALUES (?, ?)", arguments: [name, needed.joined(separator: " ")])
            }
        }
    }

    /// The services that each service of the topology needs, by name; empty in a run that was made before Rehearsal recorded them.
    public func serviceNeeds() throws -> [String: [String]] {
        try read("read the services") { database in
            guard try database.tableExists("services") else { return [:] }
            let rows = try Row.fetchAll(database, sql: "SELECT name, needs FROM services")
            return Dictionary(
                rows.map { row -> (String, [String]) in
                    let needs: String = row[1]
                    return (row[0], needs.split(separator: " ").map(String.init))
                }
            ) { first, _ in first }
        }
    }

    /// Sets what machines noted while the run went on, in place of what was stored.
    public func setFacts(_ facts: [Fact]) throws {
        try write("store \(facts.count) facts") { database in
            try database.execute(sql: "DELETE FROM facts")
            let statement = try database.makeStatement(
                sql: "INSERT INTO facts (time, machine, source, service, subject, change, text) VALUES (?, ?, ?, ?, ?, ?, ?)")
            for fact in facts {
                try statement.execute(arguments: [
                    fact.time.nanoseconds, fact.machine, fact.source.rawValue, fact.service, fact.subject, fact.change.rawValue, fact.text,
                ])
            }
        }
    }

    /// What machines noted while the run went on, in order of time; of a source that this version does not know, nothing.
    public func facts() throws -> [Fact] {
        try read("read what machines noted") { database in
            guard try database.tableExists("facts") else { return [] }
            return try Row.fetchAll(
                database, sql: "SELECT time, machine, source, service, subject, change, text FROM facts ORDER BY time, machine, subject"
            ).compactMap { row in
                let (source, change): (String, String) = (row[2], row[5])
                guard let source = Fact.Source(rawValue: source), let change = Fact.Change(rawValue: change) else { return nil }
                return Fact(
                    time: Timestamp(nanoseconds: row[0]), machine: row[1], source: source, service: row[3], subject: row[4],
                    change: change, text: row[6])
            }
        }
    }
}
