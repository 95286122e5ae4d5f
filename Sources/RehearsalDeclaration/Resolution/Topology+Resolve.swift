public import RehearsalModel

extension Topology {
    /// Puts a topology file together with the roles and services it names.
    ///
    /// - Parameters:
    ///   - document: The file.
    ///   - catalog: The roles and services there are.
    /// - Returns: The topology, and the warnings it draws.
    /// - Throws: All problems between them: a role without a file, a service that needs another, an address outside
    ///   its network or used twice, and so on.
    public static func resolve(
        _ document: TopologyDocument, catalog: Catalog
    ) throws(DiagnosticsError) -> Loaded<Topology> {
        try DiagnosticSink.collect { sink in resolve(document, catalog: catalog, sink: sink) }
    }

    /// The same, for roles of which the files of some could not be read, so that little can be said of them.
    static func resolve(
        _ document: TopologyDocument, catalog: Catalog, unreadable: Set<String> = [], sink: DiagnosticSink
    ) -> Topology? {
        var resolver = TopologyResolver(
            document: document, catalog: catalog, unreadable: unreadable, sink: sink)
        return resolver.resolve()
    }
}
