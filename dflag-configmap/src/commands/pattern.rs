//! Patterns: the parts of a Rust regular expression, as far as other engines have them.
//!
//! What engines might read differently is not among them: classes of Unicode, sets within sets, flags, names of groups,
//! codes of characters, and repetitions that RE2 does not permit.

use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassBracketed, ClassPerl, ClassPerlKind, ClassSet, ClassSetItem, Group,
    GroupKind, Literal, LiteralKind, Repetition, RepetitionKind, RepetitionRange,
    SpecialLiteralKind,
};

/// The greatest number of repetitions that RE2 permits, also of repetitions within repetitions together.
pub(crate) const MAX_REPEAT: u32 = 1000;

/// The deepest nesting of what is translated.
const MAX_DEPTH: u32 = 50;

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The beginning of the text.
    Start,
    /// The end of the text.
    End,
    /// The boundary of a word, or any other place.
    WordBoundary,
    /// Any character but a line feed.
    Dot,
    /// A character, outside of a class or as its member.
    Character(char),
    /// A class such as `\d`, outside of brackets or within.
    Shorthand { letter: char, is_negated: bool },
    /// The opening bracket of a class.
    Class { is_negated: bool },
    /// The characters between two, as members of a class.
    Range(char, char),
    /// The closing bracket.
    ClassEnd,
    /// The opening parenthesis of a group, which captures nothing that is asked for.
    Group,
    /// The closing parenthesis.
    GroupEnd,
    /// What comes next is another alternative.
    Or,
    /// The atom before is repeated.
    Repeat { min: u32, max: Option<u32> },
}

/// The parts of a pattern, in their order. `None` if it has others.
pub(crate) fn parts(pattern: &str) -> Option<Vec<Part>> {
    let mut parser = ParserBuilder::new().nest_limit(MAX_DEPTH).build();
    let mut walk = Walk(Vec::new());
    walk.expression(&parser.parse(pattern).ok()?)?;
    Some(walk.0)
}

struct Walk(Vec<Part>);

impl Walk {
    /// Adds an expression. Returns how often its innermost repetitions repeat at most.
    fn expression(&mut self, expression: &Ast) -> Option<u32> {
        let part = match expression {
            Ast::Empty(_) => return Some(1),
            Ast::Flags(_) | Ast::ClassUnicode(_) => return None,
            Ast::Literal(literal) => Part::Character(character(literal)?),
            Ast::Dot(_) => Part::Dot,
            Ast::Assertion(assertion) => match assertion.kind {
                AssertionKind::StartLine | AssertionKind::StartText => Part::Start,
                AssertionKind::EndLine | AssertionKind::EndText => Part::End,
                AssertionKind::WordBoundary | AssertionKind::NotWordBoundary => Part::WordBoundary,
                _ => return None,
            },
            Ast::ClassPerl(class) => shorthand(class),
            Ast::ClassBracketed(class) => return self.class(class),
            Ast::Repetition(repetition) => return self.repetition(repetition),
            Ast::Group(group) => return self.group(group),
            Ast::Alternation(alternation) => return self.alternatives(&alternation.asts),
            Ast::Concat(concat) => return self.sequence(&concat.asts),
        };
        self.0.push(part);
        Some(1)
    }

    fn sequence(&mut self, expressions: &[Ast]) -> Option<u32> {
        let mut most = 1;
        for expression in expressions {
            most = most.max(self.expression(expression)?);
        }
        Some(most)
    }

    fn alternatives(&mut self, expressions: &[Ast]) -> Option<u32> {
        let mut most = 1;
        for (index, expression) in expressions.iter().enumerate() {
            if index > 0 {
                self.0.push(Part::Or);
            }
            most = most.max(self.expression(expression)?);
        }
        Some(most)
    }

    fn group(&mut self, group: &Group) -> Option<u32> {
        match &group.kind {
            GroupKind::CaptureIndex(_) => {}
            GroupKind::NonCapturing(flags) if flags.items.is_empty() => {}
            _ => return None,
        }
        self.0.push(Part::Group);
        let most = self.expression(&group.ast)?;
        self.0.push(Part::GroupEnd);
        Some(most)
    }

    fn repetition(&mut self, repetition: &Repetition) -> Option<u32> {
        // RE2 has no repetition of a repetition, or of nothing.
        if matches!(
            *repetition.ast,
            Ast::Repetition(_) | Ast::Assertion(_) | Ast::Empty(_) | Ast::Flags(_)
        ) {
            return None;
        }
        let inner = self.expression(&repetition.ast)?;
        let (min, max, times) = match &repetition.op.kind {
            RepetitionKind::ZeroOrOne => (0, Some(1), 1),
            RepetitionKind::ZeroOrMore => (0, None, 1),
            RepetitionKind::OneOrMore => (1, None, 1),
            RepetitionKind::Range(RepetitionRange::Exactly(count)) => {
                (*count, Some(*count), *count)
            }
            RepetitionKind::Range(RepetitionRange::AtLeast(min)) => (*min, None, *min),
            RepetitionKind::Range(RepetitionRange::Bounded(min, max)) => (*min, Some(*max), *max),
        };
        // How much of the text it takes first makes no difference to whether the whole matches.
        self.0.push(Part::Repeat { min, max });
        let most = inner.saturating_mul(times.max(1));
        (most <= MAX_REPEAT).then_some(most)
    }

    fn class(&mut self, class: &ClassBracketed) -> Option<u32> {
        let ClassSet::Item(item) = &class.kind else {
            return None;
        };
        let items = match item {
            ClassSetItem::Union(union) => &*union.items,
            item => std::slice::from_ref(item),
        };
        let is_negated = class.negated;
        self.0.push(Part::Class { is_negated });
        for (index, item) in items.iter().enumerate() {
            let is_at_end = index == 0 || index + 1 == items.len();
            let part = match item {
                ClassSetItem::Literal(literal) => Part::Character(
                    member(literal)
                        .filter(|member| *member != '-' || is_at_end || !is_verbatim(literal))?,
                ),
                ClassSetItem::Range(range)
                    if member(&range.start)? != '-' && member(&range.end)? != '-' =>
                {
                    Part::Range(range.start.c, range.end.c)
                }
                ClassSetItem::Perl(class) => shorthand(class),
                _ => return None,
            };
            self.0.push(part);
        }
        self.0.push(Part::ClassEnd);
        Some(1)
    }
}

fn shorthand(class: &ClassPerl) -> Part {
    let letter = match class.kind {
        ClassPerlKind::Digit => 'd',
        ClassPerlKind::Space => 's',
        ClassPerlKind::Word => 'w',
    };
    Part::Shorthand {
        letter,
        is_negated: class.negated,
    }
}

/// A member of a class. A bracket that is not escaped ends the class for other engines.
fn member(literal: &Literal) -> Option<char> {
    let is_bracket = is_verbatim(literal) && literal.c == ']';
    character(literal).filter(|_| !is_bracket)
}

fn is_verbatim(literal: &Literal) -> bool {
    literal.kind == LiteralKind::Verbatim
}

/// The character, unless it is written by its code.
fn character(literal: &Literal) -> Option<char> {
    let is_foreign = match &literal.kind {
        LiteralKind::Verbatim | LiteralKind::Meta | LiteralKind::Superfluous => false,
        // Not all engines have these two.
        LiteralKind::Special(special) => matches!(
            special,
            SpecialLiteralKind::Bell | SpecialLiteralKind::Space
        ),
        LiteralKind::Octal | LiteralKind::HexFixed(_) | LiteralKind::HexBrace(_) => true,
    };
    (!is_foreign).then_some(literal.c)
}

#[cfg(test)]
mod tests {
    use super::{Part, parts};

    #[test]
    fn parts_are_those_that_every_engine_has() {
        assert_eq!(
            parts("^(a|[^-b-d]){2,}?\\d$"),
            Some(vec![
                Part::Start,
                Part::Group,
                Part::Character('a'),
                Part::Or,
                Part::Class { is_negated: true },
                Part::Character('-'),
                Part::Range('b', 'd'),
                Part::ClassEnd,
                Part::GroupEnd,
                Part::Repeat { min: 2, max: None },
                Part::Shorthand {
                    letter: 'd',
                    is_negated: false
                },
                Part::End,
            ])
        );
        let deep = format!("{}a{}", "(".repeat(60), ")".repeat(60));
        for other in [
            "(?i)a", "\\pL", "[a&&b]", "a**", "(?P<n>a)", "\\x41", "[", &deep,
        ] {
            assert_eq!(parts(other), None, "{other}");
        }
    }
}
