import GRDB

/// The schema of `run.sqlite`, described in docs/run-directory.md.
enum Schema {
    /// What `PRAGMA application_id` of a run's store holds: "RHSL".
    static let applicationIdentifier: Int32 = 0x5248_534C

    /// The first migration: a store that is opened for reading alone must have had it. What later ones bring may be missing.
    static let first = "1"

    /// The migrations, oldest first; one that was released is never edited.
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration(first) { database in
            try database.execute(
                sql: """
                    PRAGMA application_id = \(applicationIdentifier);

                    CREATE TABLE run (
                      key   TEXT PRIMARY KEY NOT NULL,
                      value TEXT NOT NULL
                    ) WITHOUT ROWID;

                    CREATE TABLE machines (
                      name     TEXT PRIMARY KEY NOT NULL,
                      role     TEXT NOT NULL,
                      position INTEGER NOT NULL
                    ) WITHOUT ROWID;

                    CREATE TABLE steps (
                      id          TEXT PRIMARY KEY NOT NULL,
                      parent      TEXT,
                      position    INTEGER NOT NULL,
                      name        TEXT NOT NULL,
                      machine     TEXT,
                      kind        TEXT NOT NULL,
                      bound_s     REAL,
                      predicted_s REAL,
                      packages    TEXT NOT NULL DEFAULT ''
                    ) WITHOUT ROWID;

                    CREATE TABLE events (
                      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                      time     INTEGER NOT NULL,
                      kind     TEXT NOT NULL,
                      step     TEXT,
                      machine  TEXT,
                      text     TEXT NOT NULL,
                      detail   TEXT NOT NULL DEFAULT '{}'
                    );

                    CREATE TABLE probes (
                      id        INTEGER PRIMARY KEY,
                      name      TEXT NOT NULL UNIQUE,
                      kind      TEXT NOT NULL,
                      target    TEXT NOT NULL,
                      period_ms INTEGER NOT NULL CHECK (period_ms > 0)
                    );

                    CREATE TABLE samples (
                      probe      INTEGER NOT NULL REFERENCES probes (id),
                      start      INTEGER NOT NULL,
                      latency_ns INTEGER NOT NULL,
                      outcome    TEXT NOT NULL,
                      detail     TEXT
                    );
                    CREATE INDEX samples_by_start ON samples (probe, start);

                    CREATE TABLE machine_packages (
                      machine TEXT NOT NULL,
                      moment  TEXT NOT NULL CHECK (moment IN ('before', 'after')),
                      name    TEXT NOT NULL,
                      version TEXT NOT NULL,
                      source  TEXT NOT NULL DEFAULT '',
                      PRIMARY KEY (machine, moment, name)
                    ) WITHOUT ROWID;

                    CREATE TABLE channels (
                      channel TEXT NOT NULL,
                      package TEXT NOT NULL,
                      version TEXT NOT NULL,
                      PRIMARY KEY (channel, package)
                    ) WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("2") { database in
            try database.execute(
                sql: """
                    ALTER TABLE samples ADD COLUMN connected_ns INTEGER;
                    ALTER TABLE samples ADD COLUMN first_byte_ns INTEGER;

                    CREATE TABLE host_samples (
                      time            INTEGER PRIMARY KEY NOT NULL,
                      cpu_pressure_ns INTEGER NOT NULL,
                      io_pressure_ns  INTEGER NOT NULL,
                      stolen_ns       INTEGER NOT NULL,
                      free_bytes      INTEGER NOT NULL
                    );

                    CREATE TABLE guest_samples (
                      time           INTEGER NOT NULL,
                      machine        TEXT NOT NULL,
                      ran_ns         INTEGER NOT NULL,
                      waited_ns      INTEGER NOT NULL,
                      loop_waited_ns INTEGER NOT NULL,
                      PRIMARY KEY (time, machine)
                    ) WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("3") { database in
            try database.execute(
                sql: """
                    ALTER TABLE probes ADD COLUMN service TEXT;

                    CREATE TABLE services (
                      name  TEXT PRIMARY KEY NOT NULL,
                      needs TEXT NOT NULL DEFAULT ''
                    ) WITHOUT ROWID;

                    CREATE TABLE facts (
                      time    INTEGER NOT NULL,
                      machine TEXT NOT NULL,
                      source  TEXT NOT NULL,
                      service TEXT,
                      subject TEXT NOT NULL,
                      change  TEXT NOT NULL CHECK (change IN ('lost', 'gained', 'changed')),
                      text    TEXT NOT NULL
                    );
                    CREATE INDEX facts_by_time ON facts (time);
                    """)
        }
        return migrator
    }()
}
