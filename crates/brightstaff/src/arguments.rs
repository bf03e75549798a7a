//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

const HELP: &str = "\
Serves the listeners of a rendered gateway configuration.

Usage: brightstaff --config FILE [--check | --probe]
                   [--envoy FILE] [--state FILE] [--managed]

Options:
  --check        only tell whether the configuration can be served
  --config FILE  the rendered configuration; served anew when it changes, and on
                 SIGHUP
  --probe        only tell whether a server of this configuration answers
  --envoy FILE   run Envoy in front, as this JSON file says
  --state FILE   write which configuration is in force, as JSON
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
        state: Option<PathBuf>,
        managed: bool,
    },
    Check {
        config: PathBuf,
    },
    Probe {
        config: PathBuf,
    },
    Print(String),
}

impl Arguments {
    /// Reads the words after the program's name; an error is a message.
    pub(crate) fn parse(words: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut words = words;
        let (mut config, mut envoy, mut state) = (None, None, None);
        let (mut check, mut probe, mut managed) = (false, false, false);
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
                Some("--probe") => probe = true,
                Some("--managed") => managed = true,
                Some(option @ ("--config" | "--envoy" | "--state")) => {
                    let path = words
                        .next()
                        .ok_or_else(|| format!("{option} needs a file"))?;
                    let place = match option {
                        "--config" => &mut config,
                        "--envoy" => &mut envoy,
                        _ => &mut state,
                    };
                    *place = Some(PathBuf::from(path));
                }
                _ => {
                    let word = word.to_string_lossy();
                    return Err(format!("unknown argument '{word}'; see brightstaff --help"));
                }
            }
        }
        let config = config.ok_or("--config FILE is missing; see brightstaff --help")?;
        Ok(if check {
            Self::Check { config }
        } else if probe {
            Self::Probe { config }
        } else {
            Self::Serve {
                config,
                envoy,
                state,
                managed,
            }
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
                state: None,
                managed: false
            })
        );
        assert_eq!(
            parse(&["--managed", "--config", "a.yaml"]),
            Ok(Arguments::Serve {
                config,
                envoy: None,
                state: None,
                managed: true
            })
        );
        let envoy = Some(PathBuf::from("e.json"));
        assert!(matches!(
            parse(&["--envoy", "e.json", "--config", "a.yaml"]),
            Ok(Arguments::Serve { envoy: found, .. }) if found == envoy
        ));
        let state = Some(PathBuf::from("s.json"));
        assert!(matches!(
            parse(&["--config", "a.yaml", "--state", "s.json"]),
            Ok(Arguments::Serve { state: found, .. }) if found == state
        ));
    }

    #[test]
    fn checks_in_any_order() {
        let config = PathBuf::from("a.yaml");
        let probe = Ok(Arguments::Probe {
            config: config.clone(),
        });
        assert_eq!(parse(&["--probe", "--config", "a.yaml"]), probe);
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
