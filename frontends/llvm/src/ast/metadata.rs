//! Metadata that is kept: profile, aliasing, ranges, loops, source positions.

use std::borrow::Cow;

use super::{List, Operand};
use crate::numbers::NumberTable;

/// Metadata that instructions carry and that means something to a compiler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are those of the text")]
pub enum MetadataKind {
    Tbaa,
    TbaaStruct,
    Prof,
    Range,
    NonNull,
    NoUndef,
    Align,
    Dereferenceable,
    DereferenceableOrNull,
    Loop,
    SrcLoc,
    InvariantLoad,
    NonTemporal,
    Unpredictable,
    NoAlias,
    AliasScope,
}

impl MetadataKind {
    /// The kind called `name`; `None` for those that are not kept.
    pub(crate) fn of(name: &[u8]) -> Option<MetadataKind> {
        Some(match name {
            b"tbaa" => MetadataKind::Tbaa,
            b"tbaa.struct" => MetadataKind::TbaaStruct,
            b"prof" => MetadataKind::Prof,
            b"range" => MetadataKind::Range,
            b"nonnull" => MetadataKind::NonNull,
            b"noundef" => MetadataKind::NoUndef,
            b"align" => MetadataKind::Align,
            b"dereferenceable" => MetadataKind::Dereferenceable,
            b"dereferenceable_or_null" => MetadataKind::DereferenceableOrNull,
            b"llvm.loop" => MetadataKind::Loop,
            b"srcloc" => MetadataKind::SrcLoc,
            b"invariant.load" => MetadataKind::InvariantLoad,
            b"nontemporal" => MetadataKind::NonTemporal,
            b"unpredictable" => MetadataKind::Unpredictable,
            b"noalias" => MetadataKind::NoAlias,
            b"alias.scope" => MetadataKind::AliasScope,
            _ => return None,
        })
    }
}

/// An operand of a metadata node.
#[derive(Clone, PartialEq, Debug)]
pub enum MetadataOperand<'a> {
    /// `null`, or an inline node, which is not kept.
    None,
    /// `!12`
    Node(u32),
    /// `!"..."`
    String(Cow<'a, [u8]>),
    /// `i64 0`, `ptr @f`
    Value(Operand),
}

/// A metadata node.
#[derive(Clone, PartialEq, Debug)]
pub enum MetadataNode<'a> {
    /// `!{...}`: a run of [`Metadata::operands`].
    Tuple(List),
    /// `!DILocation`
    Location {
        /// From 1; 0 when there is none.
        line: u32,
        /// From 1; 0 when there is none.
        column: u32,
        /// Number of the function or block that it is in.
        scope: Option<u32>,
        /// Number of the location that it was inlined to.
        inlined_at: Option<u32>,
    },
    /// `!DISubprogram`, `!DILexicalBlock`, `!DILexicalBlockFile`
    Scope {
        /// Name of a function.
        name: Cow<'a, [u8]>,
        /// Number of the `DIFile`.
        file: Option<u32>,
        /// Number of the scope around it.
        scope: Option<u32>,
        /// The first line of its code.
        line: u32,
    },
    /// `!DIFile`
    File {
        /// Its name.
        name: Cow<'a, [u8]>,
        /// Its directory.
        directory: Cow<'a, [u8]>,
        /// The MD5 of its text.
        md5: Option<[u8; 16]>,
    },
    /// Any other; not kept.
    Other,
}

/// The metadata of a module.
#[derive(Clone, Debug, Default)]
pub struct Metadata<'a> {
    /// The nodes, in order of the text.
    pub nodes: Vec<MetadataNode<'a>>,
    /// Operands of tuples.
    pub operands: Vec<MetadataOperand<'a>>,
    /// Named nodes: the name and a run of `operands`.
    pub named: Vec<(Cow<'a, [u8]>, List)>,
    pub(crate) numbers: NumberTable,
}

impl<'a> Metadata<'a> {
    /// The node `!number`.
    pub fn node(&self, number: u32) -> Option<&MetadataNode<'a>> {
        self.numbers.get(number).map(|index| &self.nodes[index as usize])
    }

    /// The operands of the tuple `!number`; none if it is no tuple.
    pub fn tuple(&self, number: u32) -> &[MetadataOperand<'a>] {
        match self.node(number) {
            Some(MetadataNode::Tuple(list)) => &self.operands[list.range()],
            _ => &[],
        }
    }

    /// The operands of the named node `!name`; none if there is no such node.
    pub fn named(&self, name: &[u8]) -> &[MetadataOperand<'a>] {
        let found = self.named.iter().find(|(node, _)| **node == *name);
        found.map_or(&[], |(_, list)| &self.operands[list.range()])
    }

    /// Line and column of the `DILocation` `!number`.
    pub fn location(&self, number: u32) -> Option<(u32, u32)> {
        match self.node(number) {
            Some(&MetadataNode::Location { line, column, .. }) => Some((line, column)),
            _ => None,
        }
    }
}
