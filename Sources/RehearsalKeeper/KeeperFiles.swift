/// Where a keeper's files are.
public enum KeeperFiles {
    /// The unix socket's name in the testbed's directory.
    public static let socket = "keeper.sock"
    /// The lock's name in the testbed's directory; held as long as a process of the keeper lives.
    public static let lock = "keeper.lock"
    /// The log's name in the testbed's directory.
    public static let log = "keeper.log"
    /// The environment variable that names the inherited descriptor of the held lock.
    static let lockVariable = "REHEARSAL_KEEPER_LOCK"
}
