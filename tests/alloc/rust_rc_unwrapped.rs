//! A counted reference that may be there, and that its last owner takes apart.
use std::rc::Rc;

struct Settings {
    depth: u64,
    width: u64,
}

fn settings(i: u64) -> Option<Rc<Settings>> {
    (i % 4 != 3).then(|| Rc::new(Settings { depth: i & 7, width: i >> 2 }))
}

#[unsafe(no_mangle)]
pub extern "C" fn one_round(i: u64) -> u64 {
    let Some(settings) = settings(i) else { return 1 };
    let seen = Rc::clone(&settings).width;
    match Rc::try_unwrap(settings) {
        Ok(settings) => settings.depth * 5 + seen,
        Err(shared) => shared.depth,
    }
}
