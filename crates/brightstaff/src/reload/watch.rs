//! Files that are looked at again and again. That follows links, sees a file that
//! takes another's place, and works on every file system; it costs three calls of
//! the system each time.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What tells one content of a file from the next: `device:file:size:nanoseconds`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Stamp(String);

impl Stamp {
    /// None if there is no such file.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let file = std::fs::metadata(path).ok()?;
        let nanoseconds = i128::from(file.mtime()) * 1_000_000_000 + i128::from(file.mtime_nsec());
        let (device, inode, size) = (file.dev(), file.ino(), file.size());
        Some(Self(format!("{device}:{inode}:{size}:{nanoseconds}")))
    }

    /// Whether it is of another file, not of another content.
    fn is_of_another_file(&self, before: &Self) -> bool {
        let file = |stamp: &Self| stamp.0.splitn(3, ':').take(2).map(str::to_owned).collect();
        let (now, then): (Vec<String>, Vec<String>) = (file(self), file(before));
        now != then
    }
}

struct File {
    path: PathBuf,
    /// As it was when it was taken last.
    taken: Option<Stamp>,
    /// As it was at the last look.
    seen: Option<Stamp>,
}

/// Files that belong together.
pub(super) struct Watched {
    files: Vec<File>,
    /// Whoever writes them puts new files in their place.
    are_replaced: bool,
}

impl Watched {
    /// Files that people write, with what they were like when they were taken last.
    pub(super) fn sources(files: impl IntoIterator<Item = (PathBuf, Option<Stamp>)>) -> Self {
        let files = files.into_iter().map(|(path, taken)| File {
            path,
            seen: taken.clone(),
            taken,
        });
        Self {
            files: files.collect(),
            are_replaced: false,
        }
    }

    /// A file that a program writes: another file in its place is complete.
    pub(super) fn rendered(path: PathBuf, taken: Option<Stamp>) -> Self {
        Self {
            are_replaced: true,
            ..Self::sources([(path, taken)])
        }
    }

    /// True once after a change, when every file has been the same at two looks:
    /// who writes a file in several steps has finished by then.
    pub(super) fn has_changed(&mut self) -> bool {
        let mut is_moving = false;
        for file in &mut self.files {
            let now = Stamp::of(&file.path);
            is_moving |= now != file.seen && !(self.are_replaced && is_replaced(&file.seen, &now));
            file.seen = now;
        }
        if is_moving || self.files.iter().all(|file| file.seen == file.taken) {
            return false;
        }
        for file in &mut self.files {
            file.taken.clone_from(&file.seen);
        }
        true
    }
}

fn is_replaced(before: &Option<Stamp>, now: &Option<Stamp>) -> bool {
    match (before, now) {
        (Some(before), Some(now)) => now.is_of_another_file(before),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("watch-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn watched(paths: &[&PathBuf]) -> Watched {
        Watched::sources(paths.iter().map(|path| ((*path).clone(), Stamp::of(path))))
    }

    #[test]
    fn sees_a_change_once_and_at_rest() {
        let folder = folder("rest");
        let path = folder.join("a");
        std::fs::write(&path, "1").unwrap();
        let mut files = watched(&[&path]);
        assert!(!files.has_changed());
        std::fs::write(&path, "22").unwrap();
        assert!(!files.has_changed());
        std::fs::write(&path, "333").unwrap();
        assert!(!files.has_changed());
        assert!(files.has_changed());
        assert!(!files.has_changed());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn sees_a_file_that_takes_its_place_comes_or_goes() {
        let folder = folder("place");
        let (path, other) = (folder.join("a"), folder.join("b"));
        std::fs::write(&path, "1").unwrap();
        let mut files = watched(&[&path, &other]);
        let mut changed = || {
            files.has_changed();
            files.has_changed()
        };
        let new = folder.join("new");
        std::fs::write(&new, "2").unwrap();
        std::fs::rename(&new, &path).unwrap();
        assert!(changed());
        std::fs::write(&other, "").unwrap();
        assert!(changed());
        std::fs::remove_file(&other).unwrap();
        assert!(changed());
        std::os::unix::fs::symlink(&path, &other).unwrap();
        assert!(changed());
        std::fs::write(&path, "33").unwrap();
        assert!(changed());
        assert!(!changed());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn takes_a_rendered_file_at_once_that_is_put_in_place() {
        let folder = folder("rendered");
        let (path, new) = (folder.join("a"), folder.join("new"));
        std::fs::write(&path, "1").unwrap();
        let mut file = Watched::rendered(path.clone(), Stamp::of(&path));
        std::fs::write(&new, "2").unwrap();
        std::fs::rename(&new, &path).unwrap();
        assert!(file.has_changed());
        assert!(!file.has_changed());
        std::fs::write(&path, "33").unwrap();
        assert!(!file.has_changed());
        assert!(file.has_changed());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn sees_what_changed_before_the_first_look() {
        let folder = folder("before");
        let path = folder.join("a");
        std::fs::write(&path, "1").unwrap();
        let stamp = Stamp::of(&path);
        std::fs::write(&path, "22").unwrap();
        let mut files = Watched::sources([(path, stamp)]);
        assert!(!files.has_changed());
        assert!(files.has_changed());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
