//! Sets of named bits, as small as they come.

/// Defines a set of named bits over an unsigned integer, with constants, union and queries.
macro_rules! bitflags_lite {
    ($(#[$doc:meta])* $name:ident: $repr:ty { $($(#[$flag_doc:meta])* $flag:ident = $value:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name($repr);

        impl $name {
            /// The empty set.
            pub const NONE: $name = $name(0);
            $($(#[$flag_doc])* pub const $flag: $name = $name($value);)*

            /// The names and values of all flags.
            pub const NAMES: &'static [(&'static str, $name)] = &[$((stringify!($flag), $name($value)),)*];

            /// The set from its bits.
            pub const fn from_bits(bits: $repr) -> $name {
                $name(bits)
            }
            /// The bits of the set.
            pub const fn bits(self) -> $repr {
                self.0
            }
            /// The union.
            pub const fn or(self, other: $name) -> $name {
                $name(self.0 | other.0)
            }
            /// The intersection.
            pub const fn and(self, other: $name) -> $name {
                $name(self.0 & other.0)
            }
            /// This set less the other.
            pub const fn without(self, other: $name) -> $name {
                $name(self.0 & !other.0)
            }
            /// Does it contain all of `other`?
            pub const fn has(self, other: $name) -> bool {
                self.0 & other.0 == other.0
            }
            /// Does it share a flag with `other`?
            pub const fn any(self, other: $name) -> bool {
                self.0 & other.0 != 0
            }
            /// Is it empty?
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut first = true;
                for (name, flag) in $name::NAMES {
                    if self.has(*flag) {
                        write!(f, "{}{name}", if first { "" } else { "|" })?;
                        first = false;
                    }
                }
                if first { f.write_str("NONE") } else { Ok(()) }
            }
        }
    };
}
