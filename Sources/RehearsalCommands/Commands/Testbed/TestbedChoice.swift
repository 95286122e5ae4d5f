import ArgumentParser

/// Which testbed a command means.
struct TestbedChoice: ParsableArguments {
    @Option(help: ArgumentHelp("The testbed (default: the only one that is up).", valueName: "name")) var testbed: String?
}
