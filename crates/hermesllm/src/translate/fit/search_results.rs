use crate::ir::{Block, Request, Text};

/// Makes texts of search results.
pub(super) fn tell_in_words(request: &mut Request<'_>) {
    for turn in &mut request.turns {
        for block in &mut turn.blocks {
            match block {
                Block::ToolResult(result) => result.parts.iter_mut().for_each(tell),
                block => tell(block),
            }
        }
    }
}

fn tell(block: &mut Block<'_>) {
    if let Block::SearchResult(found) = block {
        *block = Block::Text(Text {
            cache: found.cache.take(),
            ..Text::new(found.to_text())
        });
    }
}
