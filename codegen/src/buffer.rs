//! Code of one function while it is emitted: bytes, jumps that are not sized yet, and what refers to places in them.
//!
//! Jumps and alignments take no bytes at first. A place is therefore a raw offset and the number of jumps before it;
//! [`CodeBuffer::finish`] sizes the jumps (all short, then those that do not reach grow until nothing changes, which
//! ends since none shrinks) and turns places into offsets. The cost is linear in jumps for each round, and few rounds
//! happen in practice; after `MAX_ROUNDS` all jumps that did not settle become long.

use crate::isa::Isa;

/// Rounds of growing before the rest becomes long.
const MAX_ROUNDS: usize = 32;

/// A place in the code that may be jumped to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(pub u32);

/// What a relocation computes. Targets map them to the numbers of the object format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are those of the ELF documents")]
pub enum RelocationKind {
    Pc32,
    Plt32,
    GotPcRel,
    GotPcRelX,
    RexGotPcRelX,
    /// As the one before, in a `mov`.
    GotLoad,
    TpOff32,
    GotTpOff,
    TlsGd,
    TlsLd,
    DtpOff32,
    /// COFF: the distance from the start of the section, of 32 bits.
    SectionOffset,
    /// Mach-O: the descriptor of a thread-local variable.
    Tlv,
    AdrPrelPgHi21,
    AddAbsLo12Nc,
    Ldst8AbsLo12Nc,
    Ldst16AbsLo12Nc,
    Ldst32AbsLo12Nc,
    Ldst64AbsLo12Nc,
    Ldst128AbsLo12Nc,
    Call26,
    Jump26,
    AdrGotPage,
    Ld64GotLo12Nc,
    TlsLeAddHi12,
    TlsLeAddLo12Nc,
    TlsIeAdrGotTpRelPage21,
    TlsIeLd64GotTpRelLo12Nc,
    TlsDescAdrPage21,
    TlsDescLd64Lo12,
    TlsDescAddLo12,
    TlsDescCall,
    /// Mach-O: the page of the pointer to a thread-local variable's descriptor.
    TlvPage,
    /// And its place there.
    TlvPageOffset,
    /// COFF: the upper bits of the distance from the start of the section.
    SectionOffsetHi12,
    /// And the lower ones.
    SectionOffsetLo12,
}

impl RelocationKind {
    /// True if it is of the pointer to a symbol, which formats have in different places.
    pub fn is_of_pointer(self) -> bool {
        use RelocationKind::*;
        matches!(self, GotPcRel | GotPcRelX | RexGotPcRelX | GotLoad | AdrGotPage | Ld64GotLo12Nc)
    }
}

impl RelocationKind {
    /// True if the linker fills a field of 32 bits; else it changes operands of an instruction.
    pub fn is_field(self) -> bool {
        self as u8 <= RelocationKind::Tlv as u8
    }
}

/// What a relocation refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RelocationTarget {
    /// A symbol of the module.
    Symbol(u32),
    /// The function that finds thread-local addresses (`__tls_get_addr`).
    TlsGetAddr,
    /// A constant of the function.
    Constant(u32),
    /// A jump table of the function.
    Table(u32),
}

/// A field that the linker fills.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Relocation {
    /// Offset of the field in the function's code.
    pub offset: u32,
    /// What is computed.
    pub kind: RelocationKind,
    /// Of what.
    pub target: RelocationTarget,
    /// Added to it.
    pub addend: i64,
}

/// A change of the rules by which a debugger finds the caller's frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameEvent {
    /// The canonical frame address is now the stack pointer plus so much.
    CfaOffset(u32),
    /// It is now this register (by its DWARF number) plus so much.
    CfaRegister(u16, u32),
    /// A register (by its DWARF number) was saved at the frame address plus so much.
    Saved(u16, i32),
    /// A register (by its DWARF number) has the value again that it had at the entry.
    Restored(u16),
    /// Remember the rules.
    Remember,
    /// Go back to the rules remembered last.
    Restore,
    /// The return address is signed from here on, or no longer.
    Signed,
}

/// The finished code of a function.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// The instructions.
    pub bytes: Vec<u8>,
    /// Fields for the linker, by ascending offset.
    pub relocations: Vec<Relocation>,
    /// Unwinding rules, by ascending offset; each holds from its offset on.
    pub frame_events: Vec<(u32, FrameEvent)>,
    /// Origins of the instructions, by ascending offset; each holds up to the next.
    pub lines: Vec<(u32, u32)>,
    /// Offsets of the labels.
    pub labels: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    raw: u32,
    jumps: u32,
}

const UNBOUND: Place = Place { raw: u32::MAX, jumps: u32::MAX };

#[derive(Clone, Copy, Debug)]
enum Gap {
    Jump { label: Label, kind: u32, long: bool },
    Align(u32),
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct CodeBuffer {
    raw_len: u32,
    gaps: Vec<(u32, Gap)>,
    gap_ends: Vec<u32>,
    labels: Vec<Place>,
    relocations: Vec<(Place, Relocation)>,
    label_fields: Vec<(Place, Label, i32)>,
    frame_events: Vec<(Place, FrameEvent)>,
    lines: Vec<(Place, u32)>,
}

impl CodeBuffer {
    /// A place that differs from that of every other instruction: bytes so far, and jumps and gaps so far.
    pub fn position(&self) -> (u32, usize) {
        (self.raw_len, self.gaps.len())
    }

    /// Empties it for a function whose blocks have the first `labels` labels.
    pub fn clear(&mut self, labels: usize) {
        self.raw_len = 0;
        self.gaps.clear();
        self.labels.clear();
        self.labels.resize(labels, UNBOUND);
        self.relocations.clear();
        self.label_fields.clear();
        self.frame_events.clear();
        self.lines.clear();
    }

    /// Counts bytes that were appended to the raw code.
    pub fn advance(&mut self, bytes: usize) {
        self.raw_len += bytes as u32;
    }

    /// Bytes of raw code.
    pub fn raw_len(&self) -> u32 {
        self.raw_len
    }

    fn here(&self) -> Place {
        Place { raw: self.raw_len, jumps: self.gaps.len() as u32 }
    }

    /// A new label.
    pub fn label(&mut self) -> Label {
        self.labels.push(UNBOUND);
        Label(self.labels.len() as u32 - 1)
    }

    /// Binds a label to this place.
    pub fn bind(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.here();
    }

    /// A jump to a label; what `kind` means is the ISA's affair.
    pub fn jump(&mut self, kind: u32, label: Label) {
        self.gaps.push((self.raw_len, Gap::Jump { label, kind, long: false }));
    }

    /// Aligns the code that follows by a power of two, by instructions without effect.
    pub fn align(&mut self, align: u32) {
        self.gaps.push((self.raw_len, Gap::Align(align)));
    }

    /// Records a relocation of the field `back` bytes behind this place.
    pub fn relocation(&mut self, back: u32, kind: RelocationKind, target: RelocationTarget, addend: i64) {
        let place = Place { raw: self.raw_len - back, ..self.here() };
        self.relocations.push((place, Relocation { offset: 0, kind, target, addend }));
    }

    /// Records that the 32-bit field `back` bytes behind this place is the distance from its start to a label, plus
    /// `addend`.
    pub fn label_field(&mut self, back: u32, label: Label, addend: i32) {
        let place = Place { raw: self.raw_len - back, ..self.here() };
        self.label_fields.push((place, label, addend));
    }

    /// Records an unwinding rule from here on.
    pub fn frame_event(&mut self, event: FrameEvent) {
        self.frame_events.push((self.here(), event));
    }

    /// Records the origin of the code from here on.
    pub fn line(&mut self, origin: u32) {
        if self.lines.last().is_none_or(|&(_, last)| last != origin) {
            self.lines.push((self.here(), origin));
        }
    }

    /// Sizes the jumps and assembles the code from its raw bytes.
    pub fn finish(&mut self, isa: &dyn Isa, raw: &[u8]) -> Code {
        debug_assert_eq!(raw.len(), self.raw_len as usize);
        self.size_gaps(isa);
        let mut bytes = self.copy(isa, raw);
        for &(place, label, addend) in &self.label_fields {
            let field = self.offset(place);
            let target = self.offset(self.labels[label.0 as usize]);
            let distance = (target.wrapping_sub(field) as i32).wrapping_add(addend);
            bytes[field as usize..field as usize + 4].copy_from_slice(&distance.to_le_bytes());
        }
        for &(place, _) in self.relocations.iter().filter(|(_, relocation)| relocation.kind.is_field()) {
            let field = self.offset(place) as usize;
            bytes[field..field + 4].fill(0);
        }
        Code {
            bytes,
            relocations: self
                .relocations
                .iter()
                .map(|&(place, relocation)| Relocation { offset: self.offset(place), ..relocation })
                .collect(),
            frame_events: self.frame_events.iter().map(|&(place, event)| (self.offset(place), event)).collect(),
            lines: self.lines.iter().map(|&(place, origin)| (self.offset(place), origin)).collect(),
            labels: self.labels.iter().map(|&place| self.offset(place)).collect(),
        }
    }

    fn offset(&self, place: Place) -> u32 {
        match place.jumps {
            0 => place.raw,
            u32::MAX => u32::MAX,
            jumps => place.raw + self.gap_ends[jumps as usize - 1],
        }
    }

    /// Sets `gap_ends`: the bytes of all gaps up to each one, and which jumps are long.
    fn size_gaps(&mut self, isa: &dyn Isa) {
        for round in 0.. {
            self.sum_gaps(isa);
            if !self.grow_jumps(isa, round >= MAX_ROUNDS) {
                return;
            }
        }
    }

    fn sum_gaps(&mut self, isa: &dyn Isa) {
        self.gap_ends.clear();
        let mut sum = 0;
        for &(raw, gap) in &self.gaps {
            sum += match gap {
                Gap::Jump { kind, long, .. } => isa.jump_size(kind, long),
                Gap::Align(align) => (raw + sum).next_multiple_of(align) - (raw + sum),
            };
            self.gap_ends.push(sum);
        }
    }

    fn grow_jumps(&mut self, isa: &dyn Isa, force: bool) -> bool {
        let mut changed = false;
        for i in 0..self.gaps.len() {
            let (raw, Gap::Jump { label, kind, long: false }) = self.gaps[i] else { continue };
            let end = raw + self.gap_ends[i];
            let distance = i64::from(self.offset(self.labels[label.0 as usize])) - i64::from(end);
            if force || !isa.jump_reaches(kind, distance) {
                self.gaps[i].1 = Gap::Jump { label, kind, long: true };
                changed = true;
            }
        }
        changed
    }

    fn copy(&self, isa: &dyn Isa, raw: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(raw.len() + self.gap_ends.last().copied().unwrap_or(0) as usize);
        let mut copied = 0;
        for (i, &(at, gap)) in self.gaps.iter().enumerate() {
            bytes.extend_from_slice(&raw[copied..at as usize]);
            copied = at as usize;
            let end = at + self.gap_ends[i];
            match gap {
                Gap::Jump { label, kind, long } => {
                    let target = self.offset(self.labels[label.0 as usize]);
                    isa.write_jump(kind, long, i64::from(target) - i64::from(end), &mut bytes);
                }
                Gap::Align(_) => isa.write_padding(end as usize - bytes.len(), &mut bytes),
            }
            debug_assert_eq!(bytes.len(), end as usize);
        }
        bytes.extend_from_slice(&raw[copied..]);
        bytes
    }
}
