/// The parts of a file's path that name a role or a service.
enum FilePath {
    /// The last part without its extension: "Controller" of "Images/roles/Controller.yaml".
    static func stem(of path: String) -> String {
        let last = path.split(separator: "/").last ?? ""
        return String(last.prefix(upTo: last.lastIndex(of: ".") ?? last.endIndex))
    }

    /// The last part but one: "keystone" of "Images/services/keystone/service.yaml".
    static func folder(of path: String) -> String {
        String(path.split(separator: "/").dropLast().last ?? "")
    }
}
