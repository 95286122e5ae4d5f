public import Glibc

/// Starts a process with exactly the descriptors it is given.
///
/// In the new process, no signal is ignored or blocked, even if this process ignores or blocks it.
/// - Parameters:
///   - argv: The program, looked up in `PATH`, and its arguments.
///   - environment: The whole environment, or that of this process.
///   - descriptors: Which descriptor of this process becomes 0, 1, 2 and so on.
///   - newSession: Whether it leads a session of its own; otherwise it leads a process group of its own.
/// - Throws: ``HostError`` with code `not-found`, `invalid-argument` or `host`.
public func spawn(
    _ argv: [String], environment: [String: String]? = nil, descriptors: [Int32], newSession: Bool = false
) throws(HostError) -> pid_t {
    guard let program = argv.first else { throw HostError(.invalidArgument, "cannot run a command of no words") }
    // Descriptors that are also targets would be overwritten by an earlier dup2: move them out of the way first.
    var sources: [Int32] = []
    defer { for source in sources { close(source) } }
    for descriptor in descriptors {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 100)
        guard copy >= 0 else { throw HostError(.host, "cannot run \(program): \(lastSystemError())") }
        sources.append(copy)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, source) in sources.enumerated() {
        posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
    }
    _ = addCloseFrom?(&actions, Int32(sources.count))

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    let group = newSession ? 0x80 : POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(group))

    let arguments: [UnsafeMutablePointer<CChar>?] = argv.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    let variables: [UnsafeMutablePointer<CChar>?]? = environment.map { $0.map { strdup("\($0.key)=\($0.value)") } + [nil] }
    defer { for variable in variables ?? [] { free(variable) } }
    var pid: pid_t = 0
    let inherited = variables ?? Array(currentEnvironment())
    var status = posix_spawnp(&pid, program, &actions, &attributes, arguments, inherited)
    // A program that was just written may still be open for writing in another process that is being started and has not yet closed what
    // it inherited.
    for _ in 0..<20 where status == ETXTBSY {
        usleep(10_000)
        status = posix_spawnp(&pid, program, &actions, &attributes, arguments, inherited)
    }
    guard status == 0 else {
        throw HostError(
            status == ENOENT ? .notFound : .host, "cannot run \(program): \(String(cString: strerror(status)))")
    }
    return pid
}

/// `posix_spawn_file_actions_addclosefrom_np`, a GNU extension the C library's module does not show.
private let addCloseFrom =
    dlsym(dlopen(nil, RTLD_NOW), "posix_spawn_file_actions_addclosefrom_np").map { unsafeBitCast($0, to: AddCloseFrom.self) }
private typealias AddCloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

private func currentEnvironment() -> [UnsafeMutablePointer<CChar>?] {
    var result: [UnsafeMutablePointer<CChar>?] = []
    var entry = environ
    while let variable = entry.pointee {
        result.append(variable)
        entry += 1
    }
    return result + [nil]
}

/// A shell-like rendering of a command for messages.
func commandText(_ argv: [String]) -> String {
    let text = argv.map { $0.contains(where: { $0 == " " || $0 == "\n" }) || $0.isEmpty ? "'\($0)'" : $0 }.joined(separator: " ")
    return text.count > 200 ? text.prefix(200) + "…" : text
}

/// Linux's `O_PATH`, which the C library's module does not show.
public let openPathOnly: Int32 = 0o10_000_000
