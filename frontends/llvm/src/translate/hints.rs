//! What metadata tells the optimizer: alias classes, branch weights, value ranges, source positions.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use son_ir::facts::{Fact, IntFact};
use son_ir::{AliasClass, Location, Module as SonModule, Origin, SourceFile, Type};
use std::borrow::Cow;

use crate::ast::{Constant, ConstantPool, Metadata, MetadataNode, MetadataOperand, ValueKind, ValueRange};

/// What was found out about metadata nodes, by their numbers.
#[derive(Default)]
pub(crate) struct Hints {
    /// Access tags: class, and whether the memory never changes.
    tags: FxHashMap<u32, (AliasClass, bool)>,
    /// Types that have a class of their own.
    classes: FxHashMap<u32, AliasClass>,
    /// The root of the first tag's types. Types of another root may overlap with all of this one.
    root: Option<u32>,
    locations: FxHashMap<u32, Origin>,
    files: FxHashMap<u32, u32>,
}

/// Types, scopes and positions of inlined calls nest no deeper than this in practice.
const MAX_DEPTH: usize = 64;

impl Hints {
    /// The class of an access with the tag `!number`: that of the ancestor of its scalar type which lies
    /// directly below "omnipotent char", the type of bytes, which overlaps with all.
    pub(crate) fn tag(
        &mut self,
        metadata: &Metadata<'_>,
        constants: &ConstantPool<'_>,
        number: u32,
    ) -> (AliasClass, bool) {
        if let Some(&known) = self.tags.get(&number) {
            return known;
        }
        let found = self.find_tag(metadata, constants, number);
        self.tags.insert(number, found);
        found
    }

    /// The greatest class given out.
    pub(crate) fn classes(&self) -> u32 {
        self.classes.len() as u32
    }

    fn find_tag(&mut self, metadata: &Metadata<'_>, constants: &ConstantPool<'_>, number: u32) -> (AliasClass, bool) {
        let tag = metadata.tuple(number);
        let [MetadataOperand::Node(_), MetadataOperand::Node(access), ..] = tag else {
            return (AliasClass::ANY, false);
        };
        let invariant = tag.get(3).and_then(|flag| integer(constants, flag)) == Some(1);
        (self.class_of_type(metadata, *access), invariant)
    }

    fn class_of_type(&mut self, metadata: &Metadata<'_>, access: u32) -> AliasClass {
        // From the type up to its root.
        let mut chain: SmallVec<[u32; 8]> = SmallVec::from_slice(&[access]);
        let mut bytes = None;
        loop {
            let ty = chain[chain.len() - 1];
            let Some(MetadataOperand::String(name)) = metadata.tuple(ty).first() else {
                return AliasClass::ANY;
            };
            if **name == *b"omnipotent char" {
                bytes = Some(chain.len() - 1);
            }
            match metadata.tuple(ty).get(1) {
                Some(&MetadataOperand::Node(parent)) if chain.len() < MAX_DEPTH => chain.push(parent),
                Some(_) => return AliasClass::ANY,
                None => break,
            }
        }
        let root = chain[chain.len() - 1];
        // Without bytes between, the type is a sibling of theirs: the pointer to a virtual table.
        let below = bytes.unwrap_or(chain.len() - 1);
        if below == 0 || *self.root.get_or_insert(root) != root {
            return AliasClass::ANY;
        }
        let next = AliasClass(self.classes.len() as u32 + 1);
        *self.classes.entry(chain[below - 1]).or_insert(next)
    }

    /// The source location of `!dbg !number`.
    pub(crate) fn location(&mut self, module: &mut SonModule, metadata: &Metadata<'_>, number: u32) -> Origin {
        // Positions that were inlined name the call that they were inlined to, outermost last.
        let mut chain: SmallVec<[u32; 4]> = SmallVec::new();
        let mut at = Some(number);
        let mut origin = Origin::default();
        while let Some(number) = at {
            if let Some(&known) = self.locations.get(&number) {
                origin = known;
                break;
            }
            let Some(&MetadataNode::Location { inlined_at, .. }) = metadata.node(number) else { break };
            if chain.len() >= MAX_DEPTH {
                break;
            }
            chain.push(number);
            at = inlined_at;
        }
        for &number in chain.iter().rev() {
            let Some(&MetadataNode::Location { line, column, scope, .. }) = metadata.node(number) else {
                continue;
            };
            let file = self.file(module, metadata, scope);
            origin = module.add_location(Location { inlined_at: origin, ..Location::new(file, line, column) });
            self.locations.insert(number, origin);
        }
        origin
    }

    /// Where the function of `!dbg !number` begins.
    pub(crate) fn beginning(&mut self, module: &mut SonModule, metadata: &Metadata<'_>, number: u32) -> Origin {
        let Some(&MetadataNode::Scope { line, .. }) = metadata.node(number) else { return Origin::default() };
        let file = self.file(module, metadata, Some(number));
        module.add_location(Location::new(file, line, 0))
    }

    /// The row of the file that a scope lies in.
    fn file(&mut self, module: &mut SonModule, metadata: &Metadata<'_>, scope: Option<u32>) -> u32 {
        let mut scope = scope;
        let mut found = None;
        for _ in 0..MAX_DEPTH {
            let Some(MetadataNode::Scope { file, scope: outer, .. }) = scope.and_then(|n| metadata.node(n)) else {
                break;
            };
            found = *file;
            if found.is_some() {
                break;
            }
            scope = *outer;
        }
        let key = found.unwrap_or(u32::MAX);
        if let Some(&row) = self.files.get(&key) {
            return row;
        }
        let (path, md5) = match found.and_then(|number| metadata.node(number)) {
            Some(MetadataNode::File { name, directory, md5 }) => {
                let within = !name.starts_with(b"/") && !directory.is_empty();
                let folder = if within { String::from_utf8_lossy(directory) + "/" } else { Cow::default() };
                (folder.into_owned() + &String::from_utf8_lossy(name), *md5)
            }
            _ => (module.name.clone(), None),
        };
        let row = module.files.len() as u32;
        module.files.push(SourceFile { path, md5 });
        self.files.insert(key, row);
        row
    }
}

/// The value of an integer operand.
pub(crate) fn integer(constants: &ConstantPool<'_>, operand: &MetadataOperand<'_>) -> Option<u64> {
    let MetadataOperand::Value(operand) = operand else { return None };
    let ValueKind::Constant(id) = operand.value.kind() else { return None };
    match constants.get(id) {
        Constant::Int(value) => Some(value),
        _ => None,
    }
}

/// Is this flag of the module a number other than zero?
pub(crate) fn has_module_flag(metadata: &Metadata<'_>, constants: &ConstantPool<'_>, name: &[u8]) -> bool {
    metadata.named(b"llvm.module.flags").iter().any(|flag| {
        let MetadataOperand::Node(number) = flag else { return false };
        match metadata.tuple(*number) {
            [_, MetadataOperand::String(found), value] => **found == *name && integer(constants, value) != Some(0),
            _ => false,
        }
    })
}

/// The weights of `!prof !number`, in order of the successors; none if it is no list of weights.
pub(crate) fn weights(metadata: &Metadata<'_>, constants: &ConstantPool<'_>, number: u32) -> SmallVec<[u32; 2]> {
    match metadata.tuple(number) {
        [MetadataOperand::String(name), rest @ ..] if **name == *b"branch_weights" => {
            // A string may say that the weights are a guess.
            let weights = rest.iter().filter_map(|operand| integer(constants, operand));
            weights.map(|weight| weight.min(u64::from(u32::MAX)) as u32).collect()
        }
        _ => SmallVec::new(),
    }
}

/// Whether the loop of `!llvm.loop !number` ends.
pub(crate) fn must_progress(metadata: &Metadata<'_>, number: u32) -> bool {
    metadata.tuple(number).iter().any(|operand| {
        let MetadataOperand::Node(property) = operand else { return false };
        matches!(metadata.tuple(*property).first(),
            Some(MetadataOperand::String(name)) if **name == *b"llvm.loop.mustprogress")
    })
}

/// What `!range !number` says of an integer.
pub(crate) fn range_fact(metadata: &Metadata<'_>, constants: &ConstantPool<'_>, number: u32, ty: Type) -> Fact {
    // Several ranges are rare, and a gap between them says little.
    match metadata.tuple(number) {
        [low, high] => match (integer(constants, low), integer(constants, high)) {
            (Some(low), Some(high)) => fact_of_range(ValueRange { low, high }, ty),
            _ => Fact::Any,
        },
        _ => Fact::Any,
    }
}

/// The values from `low` up to but not including `high`, which may wrap around.
pub(crate) fn fact_of_range(range: ValueRange, ty: Type) -> Fact {
    if !ty.is_int() || ty.bits() > 64 {
        return Fact::Any;
    }
    let (low, high) = (range.low & ty.mask(), range.high & ty.mask());
    let (signed_low, signed_high) = (ty.sign_extend(low), ty.sign_extend(high));
    let fact = if low < high || high == 0 && low > 0 {
        IntFact::from_unsigned(ty, low, high.wrapping_sub(1) & ty.mask())
    } else if signed_low < signed_high {
        IntFact::from_signed(ty, signed_low, signed_high - 1)
    } else {
        return Fact::Any;
    };
    // An empty range is a mistake, not a promise.
    fact.map_or(Fact::Any, |fact| Fact::of_int(ty, Some(fact)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_share_the_class_of_their_ancestor_below_bytes() {
        let text = b"
!0 = !{!1, !1, i64 0}
!1 = !{!\"int\", !2, i64 0}
!2 = !{!\"omnipotent char\", !3, i64 0}
!3 = !{!\"Simple C/C++ TBAA\"}
!4 = !{!5, !1, i64 4}
!5 = !{!\"S\", !6, i64 0, !1, i64 4}
!6 = !{!\"p1 int\", !7, i64 0}
!7 = !{!\"any pointer\", !2, i64 0}
!8 = !{!5, !6, i64 0, i64 1}
!9 = !{!2, !2, i64 0}
!10 = !{!11, !11, i64 0}
!11 = !{!\"vtable pointer\", !3, i64 0}
!12 = !{!13, !13, i64 0}
!13 = !{!\"other int\", !14, i64 0}
!14 = !{!\"other root\"}
!15 = !{!7, !7, i64 0}
!16 = !{!16, !16, i64 0}";
        let module = crate::parse_module(text).expect("valid");
        let mut hints = Hints::default();
        let mut class = |number| hints.tag(&module.metadata, &module.constants, number);
        let int = class(0).0;
        assert_ne!(int, AliasClass::ANY);
        assert_eq!(class(4), (int, false));
        let pointer = class(8);
        assert!(pointer.1 && pointer.0 != int && pointer.0 != AliasClass::ANY);
        assert_eq!(class(15).0, pointer.0);
        assert_eq!(class(9).0, AliasClass::ANY);
        let table = class(10).0;
        assert!(table != AliasClass::ANY && table != int && table != pointer.0);
        assert_eq!(class(12).0, AliasClass::ANY);
        assert_eq!(class(16).0, AliasClass::ANY);
    }

    #[test]
    fn ranges() {
        let fact = |low, high| fact_of_range(ValueRange { low, high }, Type::I8);
        let int = |low, high| Fact::of_int(Type::I8, IntFact::from_unsigned(Type::I8, low, high));
        assert_eq!(fact(0, 2), int(0, 1));
        assert_eq!(fact(1, 0), int(1, 255));
        assert_eq!(fact(0xff, 2), Fact::of_int(Type::I8, IntFact::from_signed(Type::I8, -1, 1)));
        assert_eq!(fact(7, 7), Fact::Any);
    }
}
