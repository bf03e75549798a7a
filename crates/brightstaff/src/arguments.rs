//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

const HELP: &str = "\
Serves the listeners of a rendered gateway configuration.

Usage: brightstaff [--check] --config FILE [--envoy FILE] [--managed]

Options:
  --check        only tell whether the configuration can be served
  --config FILE  the rendered configuration; served anew when it changes, and on
                 SIGHUP
  --envoy FILE   run Envoy in front, as this JSON file says
  --managed      read from standard input how planoai operates this process
  --version      print the version
  --help         print this help

Environment:
  RUST_LOG       error, warn, info (default), debug or trace
  further variables as the configuration refers to them

Exit codes: 0 stopped in order, 1 failure, 2 bad configuration or usage,
3 address already in use";

/// What the program is asked to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arguments {
    Serve {
        config: PathBuf,
        envoy: Option<PathBuf>,
        managed: bool,
    },
    Check {
        config: PathBuf,
    },
    Print(String),
}

impl Arguments {
    /// Reads the words after the program's name; an error is a message.
    pub(crate) fn parse(words: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut words = words;
        let mut config = None;
        let mut envoy = None;
        let (mut check, mut managed) = (false, false);
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("--help" | "-h") => return Ok(Self::Print(HELP.into())),
                Some("--version" | "-V") => {
                    return Ok(Self::Print(format!(
                        "brightstaff {}",
                        env!("CARGO_PKG_VERSION")
                    )))
                }
                Some("--check") => check = true,
                Some("--managed") => managed = true,
                Some("--config") => {
                    let path = words.next().ok_or("--config needs a file")?;
                    config = Some(PathBuf::from(path));
                }
                Some("--envoy") => {
                    let path = words.next().ok_or("--envoy needs a file")?;
                    envoy = Some(PathBuf::from(path));
                }
                _ => {
                    let word = word.to_string_lossy();
                    return Err(format!("unknown argument '{word}'; see brightstaff --help"));
                }
            }
        }
        let config = config.ok_or("--config FILE is missing; see brightstaff --help")?;
        Ok(match check {
            true => Self::Check { config },
            false => Self::Serve {
                config,
                envoy,
                managed,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(words.iter().map(OsString::from))
    }

    #[test]
    fn reads_the_configuration_file() {
        let config = PathBuf::from("a.yaml");
        assert_eq!(
            parse(&["--config", "a.yaml"]),
            Ok(Arguments::Serve {
                config: config.clone(),
                envoy: None,
                managed: false
            })
        );
        assert_eq!(
            parse(&["--managed", "--config", "a.yaml"]),
            Ok(Arguments::Serve {
                config,
                envoy: None,
                managed: true
            })
        );
        let envoy = Some(PathBuf::from("e.json"));
        assert!(matches!(
            parse(&["--envoy", "e.json", "--config", "a.yaml"]),
            Ok(Arguments::Serve { envoy: found, .. }) if found == envoy
        ));
    }

    #[test]
    fn checks_in_any_order() {
        let config = PathBuf::from("a.yaml");
        let wanted = Ok(Arguments::Check { config });
        assert_eq!(parse(&["--check", "--config", "a.yaml"]), wanted);
        assert_eq!(parse(&["--config", "a.yaml", "--check"]), wanted);
    }

    #[test]
    fn names_what_is_wrong() {
        assert!(parse(&[]).unwrap_err().contains("--config FILE is missing"));
        assert!(parse(&["--config"]).unwrap_err().contains("needs a file"));
        assert!(parse(&["--port"]).unwrap_err().contains("'--port'"));
    }
}
