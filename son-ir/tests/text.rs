//! Random modules and mutated texts: what is printed comes back, and nothing makes the reader panic.

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use son_ir::{text, verify_module};

const SAMPLES: [&str; 3] =
    [include_str!("samples/module.son"), include_str!("samples/nodes.son"), include_str!("samples/slices.son")];

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn printing_is_a_fixpoint(numbers in vec(any::<u16>(), 0..200)) {
        let module = support::module(&numbers);
        verify_module(&module).map_err(|found| TestCaseError::fail(format!("{found:?}\n{module}")))?;
        let first = text::print(&module);
        let again = text::parse_verified(&first).map_err(|e| TestCaseError::fail(format!("{}\n{first}", e.render("son"))))?;
        prop_assert_eq!(&first, &text::print(&again));
    }

    #[test]
    fn mutated_texts_do_no_harm(
        numbers in vec(any::<u16>(), 0..60),
        sample in 0..6usize,
        changes in vec((any::<u32>(), 0..6u8, any::<u32>(), any::<u8>()), 1..6),
    ) {
        let text = SAMPLES.get(sample).map_or_else(|| text::print(&support::module(&numbers)), |text| text.to_string());
        let mut bytes = text.into_bytes();
        for (place, kind, other, byte) in changes {
            if bytes.is_empty() {
                break;
            }
            let (place, other) = (place as usize % bytes.len(), other as usize % bytes.len());
            match kind {
                0 => bytes[place] = byte,
                1 => bytes.insert(place, b" ,:={}()[]@$%!\"\n;.-0129azx_"[usize::from(byte) % 27]),
                2 => drop(bytes.remove(place)),
                3 => bytes.swap(place, other),
                4 => bytes.truncate(place.max(1)),
                _ => {
                    let (from, to) = (place.min(other), place.max(other).min(place.min(other) + 40));
                    let copy = bytes[from..to].to_vec();
                    bytes.splice(other..other, copy);
                }
            }
        }
        match text::parse_bytes(&bytes) {
            Err(error) => prop_assert!(error.line >= 1 && error.column >= 1),
            Ok(module) => {
                let verified = verify_module(&module).is_ok();
                let printed = text::print(&module);
                if verified {
                    let again = text::parse_verified(&printed);
                    let again = again.map_err(|e| TestCaseError::fail(format!("{}\n{printed}", e.render("son"))))?;
                    prop_assert_eq!(&printed, &text::print(&again));
                }
            }
        }
    }
}
