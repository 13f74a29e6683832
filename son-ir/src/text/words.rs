//! The words of the text form for what modules say with enums and sets of flags: one table for both
//! directions.

use crate::facts::FloatClasses;
use crate::module::{CallConv, Extension, FunctionFlags, Linkage, TlsModel, Visibility};
use crate::ops::NodeFlags;
use crate::payload::{AccessFlags, CallFlags};

/// A type whose values have words.
pub(crate) trait Words: Copy + PartialEq + 'static {
    /// Values and their words. The default value has no word.
    const WORDS: &'static [(&'static str, Self)];

    /// The word, `None` for the default.
    fn word(self) -> Option<&'static str> {
        Self::WORDS.iter().find(|row| row.1 == self).map(|row| row.0)
    }

    /// The value of a word.
    fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|row| row.0 == word).map(|row| row.1)
    }
}

impl Words for Linkage {
    const WORDS: &'static [(&'static str, Linkage)] = &[
        ("internal", Linkage::Internal),
        ("private", Linkage::Private),
        ("weak", Linkage::Weak),
        ("link_once", Linkage::LinkOnce),
        ("common", Linkage::Common),
        ("available_externally", Linkage::AvailableExternally),
        ("appending", Linkage::Appending),
    ];
}

impl Words for Visibility {
    const WORDS: &'static [(&'static str, Visibility)] = &[
        ("hidden", Visibility::Hidden),
        ("protected", Visibility::Protected),
        ("imported", Visibility::Imported),
        ("exported", Visibility::Exported),
    ];
}

impl Words for TlsModel {
    const WORDS: &'static [(&'static str, TlsModel)] = &[
        ("general_dynamic", TlsModel::GeneralDynamic),
        ("local_dynamic", TlsModel::LocalDynamic),
        ("initial_exec", TlsModel::InitialExec),
        ("local_exec", TlsModel::LocalExec),
    ];
}

impl Words for CallConv {
    const WORDS: &'static [(&'static str, CallConv)] =
        &[("fast", CallConv::Fast), ("system_v", CallConv::SystemV), ("windows", CallConv::Windows)];
}

impl Words for Extension {
    const WORDS: &'static [(&'static str, Extension)] = &[("zext", Extension::Zero), ("sext", Extension::Sign)];
}

/// A set of flags whose words are the lower-case names of the flags.
pub(crate) trait FlagWords: Copy {
    /// The words of the flags that are set.
    fn flag_words(self) -> impl Iterator<Item = String>;

    /// The set with the flag of that word, `None` if there is no such flag.
    fn with_word(self, word: &str) -> Option<Self>;
}

macro_rules! flag_words {
    ($($name:ident),*) => {$(
        impl FlagWords for $name {
            fn flag_words(self) -> impl Iterator<Item = String> {
                $name::NAMES.iter().filter(move |row| self.has(row.1)).map(|row| row.0.to_ascii_lowercase())
            }

            fn with_word(self, word: &str) -> Option<$name> {
                if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    return None;
                }
                $name::NAMES.iter().find(|row| row.0.eq_ignore_ascii_case(word)).map(|row| self.or(row.1))
            }
        }
    )*};
}

flag_words!(NodeFlags, AccessFlags, CallFlags, FunctionFlags, FloatClasses);
