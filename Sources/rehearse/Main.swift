import ArgumentParser
import RehearsalCommands

@main
struct Main {
    static func main() async {
        await Rehearse.main()
    }
}
