use crate::ir::{Block, Request, Role, Text};
use crate::translate::Notes;

/// Moves what models made in earlier turns to the user turns that follow: most
/// providers take media from users only.
pub(super) fn move_to_user(request: &mut Request<'_>, notes: &mut Notes) {
    let is_media = |block: &Block<'_>| matches!(block, Block::Media(_));
    let mut moved = Vec::new();
    for turn in &mut request.turns {
        match turn.role {
            Role::System => {}
            Role::Assistant => {
                if turn.blocks.iter().any(is_media) {
                    let blocks = std::mem::take(&mut turn.blocks);
                    let (media, kept): (Vec<_>, Vec<_>) = blocks.into_iter().partition(is_media);
                    turn.blocks = kept;
                    moved.extend(media);
                }
            }
            Role::User if moved.is_empty() => {}
            Role::User => {
                let is_result = |block: &Block<'_>| matches!(block, Block::ToolResult(_));
                let at = turn
                    .blocks
                    .iter()
                    .take_while(|block| is_result(block))
                    .count();
                let label = Block::Text(Text::new("From your answer above:"));
                let media = std::iter::once(label).chain(moved.drain(..));
                turn.blocks.splice(at..at, media);
            }
        }
    }
    if !moved.is_empty() {
        notes.no_counterpart("messages.image");
    }
}
