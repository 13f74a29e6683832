//! The files of `tests/files`, each a test; what they may ask for stands in `tests/src/files/mod.rs`.
//!
//! `SON_FILES=forward` runs those whose path contains it.

use son_tests::{files, parallel, tools};

#[test]
fn files() {
    if !tools::require("files", &files::needs_tools()) {
        return;
    }
    let wanted = std::env::var("SON_FILES").unwrap_or_default();
    let mut all = files::all().expect("the files can be listed");
    all.retain(|path| path.to_string_lossy().contains(&wanted));
    assert!(!all.is_empty(), "no file contains {wanted}");
    parallel::check(&all, |path| files::check(path));
}
