//! The functions that conditions and result constants may call.

/// A function of constants, or a question to the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Computes a number from numbers.
    Number(&'static str),
    /// Tests numbers.
    Predicate(&'static str),
    /// Bits of a type.
    Width,
    /// Changes the width of a number.
    Convert(&'static str),
    /// A number that the facts know of a node.
    FactNumber(&'static str),
    /// A conservative yes of the facts.
    FactPredicate(&'static str),
    /// About the shape of the graph, not about values.
    Shape(&'static str),
}

/// A row of the table.
#[derive(Debug)]
pub struct FunctionInfo {
    /// As written.
    pub name: &'static str,
    /// What it is.
    pub function: Function,
    /// Operands and result. `N`: a number, all of one type; `M`: a number of another type; `R`: a float;
    /// `X`: a node, and a number of its type after it; `T`: a type, or a node for its type;
    /// `F`: a number of the type that the context wants; `B`: true or false.
    pub signature: &'static str,
    /// One line for the reference.
    pub doc: &'static str,
}

macro_rules! functions {
    ($($kind:ident: $($name:literal $signature:literal $doc:literal;)*)*) => {
        /// All functions.
        pub const FUNCTIONS: &[FunctionInfo] = &[
            $($(FunctionInfo { name: $name, function: Function::$kind($name), signature: $signature, doc: $doc },)*)*
            FunctionInfo { name: "width", function: Function::Width, signature: "T>F", doc: "Bits of the type." },
        ];
    };
}

functions! {
    Number:
        "log2" "N>N" "Place of the highest one; 0 for 0.";
        "ctz" "N>N" "Number of trailing zeros; the width for 0.";
        "bswap" "N>N" "Bytes reversed.";
        "bitreverse" "N>N" "Bits reversed.";
        "low_ones" "N>N" "So many ones at the low end; all ones for the width and more.";
        "rotl" "NN>N" "Rotated left, by the amount modulo the width.";
        "recip" "R>R" "One by the float.";
        "fneg" "R>R" "The float negated.";
        "fadd" "RR>R" "Sum of floats.";
        "fmul" "RR>R" "Product of floats.";
    Predicate:
        "pow2" "N>B" "Exactly one bit is set.";
        "low_mask" "N>B" "Ones at the low end and nothing else, at least one.";
        "sadd_fits" "NN>B" "The signed sum does not overflow.";
        "uadd_fits" "NN>B" "The unsigned sum does not overflow.";
        "ssub_fits" "NN>B" "The signed difference does not overflow.";
        "smul_fits" "NN>B" "The signed product does not overflow.";
        "umul_fits" "NN>B" "The unsigned product does not overflow.";
        "recip_exact" "R>B" "A power of two whose reciprocal is one too, both normal.";
        "is_nan" "R>B" "The float is a NaN.";
    Convert:
        "zext" "M>F" "The number with zeros in front.";
        "sext" "M>F" "The number with its sign in front.";
        "trunc" "M>F" "The low bits of the number.";
    FactNumber:
        "zeros" "X>X" "Bits of the node that are surely zero.";
        "ones" "X>X" "Bits of the node that are surely one.";
        "umin" "X>X" "Unsigned lower bound of the node.";
        "umax" "X>X" "Unsigned upper bound of the node.";
        "smin" "X>X" "Signed lower bound of the node.";
        "smax" "X>X" "Signed upper bound of the node.";
    FactPredicate:
        "known_zero" "XX>B" "All these bits of the node are zero.";
        "known_one" "XX>B" "All these bits of the node are one.";
        "nonneg" "X>B" "The node is not negative.";
        "negative" "X>B" "The node is negative.";
        "nonzero" "X>B" "The node is not zero or null.";
        "never_poison" "X>B" "The node is not poison.";
        "never_nan" "X>B" "The float is not a NaN.";
    Shape:
        "one_use" "X>B" "The node has no other user: it dies with the pattern.";
        "varying" "X>B" "The node is not a constant.";
}

/// The row of that name.
pub fn find(name: &str) -> Option<&'static FunctionInfo> {
    FUNCTIONS.iter().find(|row| row.name == name)
}
