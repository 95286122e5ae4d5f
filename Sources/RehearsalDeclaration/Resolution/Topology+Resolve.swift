public import RehearsalModel

extension Topology {
    /// Combines a topology file with the roles and services that it names.
    ///
    /// - Parameters:
    ///   - document: The file.
    ///   - catalog: All roles and services of the project.
    /// - Returns: The topology, and the warnings about it.
    /// - Throws: All problems between the files, such as a role without a file, a service that needs another, or an address
    ///   that is used twice or outside its network.
    public static func resolve(
        _ document: TopologyDocument, catalog: Catalog
    ) throws(DiagnosticsError) -> Loaded<Topology> {
        try DiagnosticSink.collect { sink in resolve(document, catalog: catalog, sink: sink) }
    }

    /// Combines files of which some may be wrong.
    ///
    /// - Parameter unreadable: The roles whose files could not be parsed. Nothing is reported as missing from them.
    static func resolve(
        _ document: TopologyDocument, catalog: Catalog, unreadable: Set<String> = [], sink: DiagnosticSink
    ) -> Topology? {
        var resolver = TopologyResolver(
            document: document, catalog: catalog, unreadable: unreadable, sink: sink)
        return resolver.resolve()
    }
}
