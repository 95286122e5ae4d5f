// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "rehearsal",
    products: [
        .executable(name: "rehearse", targets: ["rehearse"]),
        .library(name: "Libvirt", targets: ["Libvirt"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // MARK: Layer 0: bindings and file formats; they know nothing of Rehearsal

        .systemLibrary(name: "CLibvirt", pkgConfig: "libvirt libvirt-qemu", providers: [.apt(["libvirt-dev"])]),
        .systemLibrary(name: "CMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
        .systemLibrary(name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        /// Kernel interfaces that Swift cannot spell: packet sockets, ICMP, scheduling.
        .target(name: "CLinux"),
        /// libvirt for Swift: connections, domains, lifecycle events, the guest agent, errors.
        .target(name: "Libvirt", dependencies: ["CLibvirt"], exclude: ["README.md"]),
        /// JSON without a schema.
        .target(name: "PlainJSON"),
        /// HTTP/1 responses as they are received.
        .target(name: "PlainHTTP"),
        /// Heat's orchestration API: client, errors, and where servers stand in an update.
        .target(name: "Heat", dependencies: ["PlainJSON"]),
        /// Terminal recordings (asciicast v2).
        .target(name: "Asciicast"),
        /// Text made safe inside XML and HTML.
        .target(name: "Markup"),
        /// JUnit XML reports.
        .target(name: "JUnitXML", dependencies: ["Markup"]),

        // MARK: Layer 1: pure; no I/O, no clock, no logger

        /// The nouns, each once: topology, scenario, probe, plan and step, package, time. Imports nothing, not even Foundation.
        .target(name: "RehearsalModel"),
        /// From the text of files to values, with every diagnostic about them, and templates; the only importer of Yams.
        .target(
            name: "RehearsalDeclaration",
            dependencies: [
                "PlainJSON", "RehearsalModel",
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "Yams", package: "Yams"),
            ]),
        /// What will be done: strategies, and the numbered step tree they make.
        .target(name: "RehearsalPlanner", dependencies: ["RehearsalModel"]),
        /// What happened: events, samples, and the fold from samples to outages.
        .target(name: "RehearsalHistory", dependencies: ["RehearsalModel"]),
        /// Whether it was good enough: history and expectations to verdicts.
        .target(name: "RehearsalChecks", dependencies: ["RehearsalHistory", "RehearsalModel"]),
        /// What a stored run says: its course, the outages of each probe with their causes, and how it was judged.
        .target(name: "RehearsalAnalysis", dependencies: ["RehearsalChecks", "RehearsalHistory", "RehearsalModel"]),
        /// A run told as a recording: the stage, and every form of it.
        .target(
            name: "RehearsalDemo",
            dependencies: [
                "Asciicast", "Markup", "RehearsalAnalysis", "RehearsalChecks", "RehearsalHistory", "RehearsalModel",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),

        // MARK: Layer 2: the working parts

        /// The operating system: processes, namespaces, clocks, digests, room on disk, requirements, the accelerator.
        .target(name: "RehearsalHost", dependencies: ["CLinux", "RehearsalModel", .product(name: "Crypto", package: "swift-crypto")]),

        /// The run directory: SQLite schema, migrations, index of runs.
        .target(
            name: "RehearsalStore",
            dependencies: ["RehearsalHistory", "RehearsalHost", "RehearsalModel", .product(name: "GRDB", package: "GRDB.swift")]),
        /// Machine images by content digest, and the two package channels.
        .target(
            name: "RehearsalImages",
            dependencies: [
                "PlainJSON", "RehearsalDeclaration", "RehearsalHost", "RehearsalModel",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]),
        /// What a testbed is: its specification, machines, the shell into them, checkpoints; protocols that say nothing of who holds it.
        .target(name: "RehearsalTestbed", dependencies: ["RehearsalHost", "RehearsalModel"]),
        /// The process that holds a testbed: its API, client, server and launcher.
        .target(
            name: "RehearsalKeeper",
            dependencies: [
                "PlainHTTP", "RehearsalHost", "RehearsalModel", "RehearsalTestbed",
                .product(name: "FlyingFox", package: "FlyingFox"),
                .product(name: "FlyingSocks", package: "FlyingFox"),
            ]),
        /// The recorder: probes and their samples.
        .target(
            name: "RehearsalRecorder",
            dependencies: [
                "CCurl", "CLinux", "CMariaDB", "COpenSSL", "CRabbitMQ", "PlainJSON", "RehearsalHistory", "RehearsalHost", "RehearsalModel",
            ]),
        /// Runs a plan against a testbed, journals, resumes.
        .target(
            name: "RehearsalEngine",
            dependencies: [
                "Heat", "PlainHTTP", "PlainJSON", "RehearsalDeclaration", "RehearsalModel", "RehearsalHistory", "RehearsalHost",
                "RehearsalStore", "RehearsalTestbed",
            ]),

        // MARK: Layer 3: adapters and views

        /// The only importer of `Libvirt`: machines on a libvirt connection.
        .target(
            name: "RehearsalLibvirt",
            dependencies: ["Libvirt", "Markup", "RehearsalHost", "RehearsalModel", "RehearsalTestbed"]),
        /// HTML, JSON, JUnit and terminal recording of a stored run.
        .target(
            name: "RehearsalReport",
            dependencies: [
                "Asciicast", "JUnitXML", "Markup", "RehearsalAnalysis", "RehearsalChecks", "RehearsalHistory", "RehearsalModel",
                "RehearsalStore",
                .product(name: "Mustache", package: "swift-mustache"),
            ]),

        /// What can be done with runs and testbeds: begin, resume, rewind, raise, finish. Knows no terminal.
        .target(
            name: "RehearsalRuns",
            dependencies: [
                "RehearsalAnalysis", "RehearsalChecks", "RehearsalDeclaration", "RehearsalEngine", "RehearsalHistory", "RehearsalHost",
                "RehearsalDemo", "RehearsalImages", "RehearsalKeeper", "RehearsalLibvirt", "RehearsalModel", "RehearsalPlanner",
                "RehearsalRecorder", "RehearsalStore", "RehearsalTestbed",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]),

        /// Pages of all runs for a browser, kept up to date while a run goes on.
        .target(
            name: "RehearsalServe",
            dependencies: [
                "RehearsalAnalysis", "RehearsalHistory", "RehearsalHost", "Markup", "RehearsalModel", "RehearsalReport", "RehearsalStore",
                .product(name: "FlyingFox", package: "FlyingFox"),
                .product(name: "FlyingSocks", package: "FlyingFox"),
            ]),

        // MARK: Layer 4: the command

        /// All commands, as a library.
        .target(
            name: "RehearsalCommands",
            dependencies: [
                "RehearsalAnalysis", "RehearsalDemo", "RehearsalEngine", "RehearsalHost", "RehearsalImages", "RehearsalKeeper",
                "RehearsalLibvirt",
                "RehearsalPlanner", "RehearsalReport", "RehearsalRuns", "RehearsalServe",
                "RehearsalStore", "RehearsalTestbed", "RehearsalDeclaration", "RehearsalModel", "RehearsalRecorder", "RehearsalHistory",
                "RehearsalChecks",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "rehearse",
            dependencies: ["RehearsalCommands", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

        // MARK: Tests: small and medium; the large one is SmokeTests (`make smoke`)

        .target(name: "RehearsalTesting", dependencies: ["RehearsalHost", "RehearsalModel", "RehearsalTestbed"]),
        .testTarget(name: "HeatTests", dependencies: ["Heat", "PlainJSON", "RehearsalTesting"], exclude: ["Fixtures"]),
        .testTarget(name: "PlainHTTPTests", dependencies: ["PlainHTTP"]),
        .testTarget(name: "AsciicastTests", dependencies: ["Asciicast"]),
        .testTarget(name: "JUnitXMLTests", dependencies: ["JUnitXML"]),
        .testTarget(name: "LibvirtTests", dependencies: ["Libvirt"]),
        .testTarget(
            name: "RehearsalDeclarationTests",
            dependencies: ["RehearsalDeclaration", "RehearsalModel", "RehearsalRecorder", "RehearsalTesting"], exclude: ["Snapshots"]),
        .testTarget(
            name: "RehearsalPlannerTests", dependencies: ["RehearsalModel", "RehearsalPlanner", "RehearsalTesting"], exclude: ["Snapshots"]),
        .testTarget(name: "RehearsalModelTests", dependencies: ["RehearsalModel"]),
        .testTarget(name: "RehearsalHistoryTests", dependencies: ["RehearsalHistory", "RehearsalModel", "RehearsalTesting"]),
        .testTarget(
            name: "RehearsalDemoTests",
            dependencies: [
                "RehearsalAnalysis", "RehearsalDeclaration", "RehearsalDemo", "RehearsalHistory", "RehearsalModel", "RehearsalStore",
                "RehearsalTesting",
            ]),
        .testTarget(
            name: "RehearsalServeTests",
            dependencies: ["RehearsalHistory", "RehearsalModel", "RehearsalServe", "RehearsalStore", "RehearsalTesting"]),
        .testTarget(
            name: "RehearsalAnalysisTests", dependencies: ["RehearsalAnalysis", "RehearsalChecks", "RehearsalHistory", "RehearsalModel"]),
        .testTarget(name: "RehearsalChecksTests", dependencies: ["RehearsalChecks", "RehearsalHistory", "RehearsalModel"]),
        .testTarget(
            name: "RehearsalStoreTests",
            dependencies: [
                .product(name: "GRDB", package: "GRDB.swift"), "RehearsalHistory", "RehearsalHost", "RehearsalModel", "RehearsalStore",
                "RehearsalTesting",
            ]),
        .testTarget(
            name: "RehearsalRecorderTests",
            dependencies: ["CLinux", "RehearsalHistory", "RehearsalHost", "RehearsalModel", "RehearsalRecorder", "RehearsalTesting"]),
        .testTarget(name: "RehearsalHostTests", dependencies: ["RehearsalHost", "RehearsalModel", "RehearsalTesting"]),
        .testTarget(
            name: "RehearsalTestbedTests", dependencies: ["RehearsalHost", "RehearsalModel", "RehearsalTestbed", "RehearsalTesting"]),
        .testTarget(
            name: "RehearsalKeeperTests",
            dependencies: ["RehearsalHost", "RehearsalKeeper", "RehearsalModel", "RehearsalTestbed", "RehearsalTesting"]),
        .testTarget(
            name: "RehearsalLibvirtTests",
            dependencies: ["RehearsalHost", "RehearsalLibvirt", "RehearsalModel", "RehearsalTestbed", "RehearsalTesting"],
            exclude: ["Snapshots"]),
        .testTarget(
            name: "RehearsalImagesTests", dependencies: ["RehearsalHost", "RehearsalImages", "RehearsalModel", "RehearsalTesting"]),
        .testTarget(
            name: "RehearsalEngineTests",
            dependencies: [
                "Heat", "PlainJSON", "RehearsalEngine", "RehearsalHistory", "RehearsalHost", "RehearsalPlanner", "RehearsalStore",
                "RehearsalTestbed", "RehearsalTesting", "RehearsalDeclaration", "RehearsalModel",
            ]),
        .testTarget(
            name: "RehearsalCommandsTests",
            dependencies: [
                "RehearsalCommands", "RehearsalEngine", "RehearsalHistory", "RehearsalHost", "RehearsalPlanner", "RehearsalRuns",
                "RehearsalStore", "RehearsalTestbed", "RehearsalTesting",
                "RehearsalDeclaration", "RehearsalModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .testTarget(
            name: "RehearsalRunsTests",
            dependencies: [
                "RehearsalAnalysis", "RehearsalChecks", "RehearsalDeclaration", "RehearsalEngine", "RehearsalHistory", "RehearsalHost",
                "RehearsalImages",
                "RehearsalKeeper", "RehearsalModel", "RehearsalPlanner", "RehearsalRecorder", "RehearsalRuns", "RehearsalStore",
                "RehearsalTestbed", "RehearsalTesting",
            ]),
        /// What the documents say: links, examples, tables that the code has, too.
        .testTarget(
            name: "DocumentationTests",
            dependencies: ["RehearsalDeclaration", "RehearsalModel", "RehearsalPlanner", "RehearsalRecorder", "RehearsalTesting"]),
        .testTarget(name: "SmokeTests", dependencies: ["RehearsalTesting"]),
        .testTarget(
            name: "RehearsalReportTests",
            dependencies: [
                "RehearsalAnalysis", "RehearsalChecks", "RehearsalDeclaration", "RehearsalDemo", "RehearsalHistory", "RehearsalModel",
                "RehearsalReport", "RehearsalStore", "RehearsalTesting",
            ], exclude: ["Fixtures", "Snapshots"]),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
}
