use dflag::Dynamic;

fn main() {
    let name = Dynamic::constant("a");
    let guard = name.load();
    std::thread::scope(|scope| {
        scope.spawn(move || *guard);
    });
}
