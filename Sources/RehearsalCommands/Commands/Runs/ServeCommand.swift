import ArgumentParser
import Foundation
import RehearsalServe
import RehearsalStore

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Show runs in a browser, also one that goes on.",
        discussion: """
            The page of a run grows while it goes on: the step in flight and what it waits for, what users feel, machines, plan, log, timeline. \
            Only this host can reach it unless --listen says otherwise; then, and with --allow-remote, the printed address has a token. \
            C-c ends it; runs do not notice.
            """)
    @Option(help: ArgumentHelp("The address to listen on.", valueName: "address")) var listen = "127.0.0.1"
    @Option(help: "The port to listen on.") var port: UInt16 = 8_650
    @Flag(help: "Take answers at breakpoints, of runs that were started with --allow-remote.") var allowRemote = false
    @OptionGroup var directories: Directories

    func run() async throws {
        try await reportingFailures {
            let address = PageServer.Address(host: listen, port: port)
            let token = allowRemote || !address.isLoopback ? UUID().uuidString : nil
            let server = PageServer(
                address, index: RunIndex(stateDirectory: directories.state), token: token, takesAnswers: allowRemote)
            let place = "http://\(listen.contains(":") ? "[\(listen)]" : listen):\(port)/\(token.map { "#token=\($0)" } ?? "")"
            try await Interruptible.run {
                try await server.run { Terminal.output("\(place)\n") }
            }
        }
    }
}
