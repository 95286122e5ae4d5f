import Foundation
import GRDB
import RehearsalStore
import RehearsalTesting
import Testing

/// The tables of the database as docs/run-directory.md shows them.
@Suite("documentation of the database")
struct DocumentedSchemaTests {
    /// The name and type of every column of every table, as `table.column TYPE`, with ` or null` where it may be missing.
    private func columns() throws -> Set<String> {
        let scratch = Scratch()
        let directory = scratch.url.appending(path: "run")
        try RunStore.create(directory: directory).close()
        let queue = try DatabaseQueue(path: directory.appending(path: "run.sqlite").path)
        return try queue.read { database in
            let tables = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%'"
            )
            return Set(
                try tables.flatMap { table in
                    try database.columns(in: table).map { column in
                        let isKey = column.primaryKeyIndex > 0
                        return "\(table).\(column.name) \(column.type)" + (column.isNotNull || isKey ? "" : " or null")
                    }
                })
        }
    }

    /// What the rows of the tables titled "column of `x`" say, in the same form.
    private func documented() throws -> Set<String> {
        let page = try MarkdownPage("docs/run-directory.md")
        let titles = page.text.matches(of: /(?m)^\| (?<title>column of `(?<table>\w+)`) \|/)
        return Set(
            titles.flatMap { match in
                page.table(String(match.title)).flatMap { row in MarkdownPage.words(row[0]).map { "\(match.table).\($0) \(row[1])" } }
            })
    }

    @Test("the page shows every column with its type, and no others")
    func schema() throws {
        let (columns, documented) = (try columns(), try documented())
        #expect(columns.subtracting(documented) == [], "not documented")
        #expect(documented.subtracting(columns) == [], "not in the database")
    }
}
