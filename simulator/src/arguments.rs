//! The command line: names, help and examples.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::commands::keys::KeysArguments;
use crate::commands::standard::StandardArguments;

/// An open health-code terminal: from a real name to a code that is checked without a network.
///
/// Without a command it opens phones in a browser: `liangma phones`.
#[derive(Debug, Parser)]
#[command(
    name = "liangma",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_help_heading = "Commands",
    after_help = "Start here:
  liangma                          phones of invented people, in a browser
  liangma tour                     the whole life of one code, with pictures in ./liangma-out
  liangma tour --person red        the same for somebody with a red code
  liangma check --root liangma-out/root.cbor --trust liangma-out/trust.cbor liangma-out/code.png
  liangma help check               more on one command

Exit codes: 0 done or admitted, 1 refused or failed, 2 could not be read."
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// The phones, when no command is given.
    #[command(flatten)]
    pub(crate) phones: PhonesArguments,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open phones of invented people in a browser, on a platform of their own.
    Phones(PhonesArguments),
    /// Live the whole life of one code: login, consent, face check, code, offline check.
    Tour(TourArguments),
    /// Check codes without a network, from their text or from a picture.
    Check(CheckArguments),
    /// Run the reference platform.
    Serve(ServeArguments),
    /// Switch a running platform to emergency mode, or back to normal.
    Mode(ModeArguments),
    /// Ask the rules what they say.
    Rules(RulesArguments),
    /// Check a UI standard, or sign one for a platform to publish.
    Standard(StandardArguments),
    /// Copy a platform's data to one file, also while it runs.
    Backup(BackupArguments),
    /// Put a backup back into an empty data folder.
    Restore(RestoreArguments),
    /// Change a platform's keys while it runs.
    Keys(KeysArguments),
    /// Print the text of the code that a phone's store shows now: no network, no writes.
    Show(ShowArguments),
    /// Run the invented face provider as a process of its own.
    #[command(hide = true)]
    SandboxFaceProvider(ProviderArguments),
}

/// Arguments of `liangma phones`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  liangma
  liangma phones --port 8080
  liangma phones --no-open

Everything happens on this machine and every person is invented. The page is served to this machine only,
and what the phones hold is in a temporary folder that goes with the program. End with Ctrl-C.")]
pub(crate) struct PhonesArguments {
    /// Port of 127.0.0.1 for the page; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,
    /// Only print the address; open no browser.
    #[arg(long)]
    pub(crate) no_open: bool,
}

/// Arguments of `liangma tour`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  liangma tour
  liangma tour --person yellow --out /tmp/yellow
  liangma tour --person red --view care
  liangma tour --keep-phone ./phone     then: liangma show --store ./phone

Everything happens on this machine and every person is invented. The platform listens on a free
port of 127.0.0.1 and is stopped before the code is shown. Nothing is left but the files in --out.")]
pub(crate) struct TourArguments {
    /// Folder for the pictures and files; made when missing, files of an earlier tour are replaced.
    #[arg(long, value_name = "DIR", default_value = "liangma-out")]
    pub(crate) out: PathBuf,
    /// Whose code: green, yellow, red, or the name of an invented person.
    #[arg(long, value_name = "WHO", default_value = "green")]
    pub(crate) person: String,
    /// Which view of the card is drawn.
    #[arg(long, value_enum, value_name = "VIEW", default_value_t = ViewArgument::Normal)]
    pub(crate) view: ViewArgument,
    /// Language of the card.
    #[arg(long, value_enum, value_name = "LANGUAGE", default_value_t = LanguageArgument::ZhHans)]
    pub(crate) language: LanguageArgument,
    /// Leave the phone's sealed store in this new folder, for `liangma show`.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep_phone: Option<PathBuf>,
}

/// A view of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ViewArgument {
    /// For everybody.
    Normal,
    /// Larger, for older people.
    Care,
    /// Two languages, for guests from abroad.
    International,
}

/// A language of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LanguageArgument {
    /// Chinese, simplified characters.
    #[value(name = "zh-CN")]
    ZhHans,
    /// Chinese, traditional characters.
    #[value(name = "zh-Hant")]
    ZhHant,
    /// English.
    #[value(name = "en")]
    En,
}

/// Arguments of `liangma check`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  liangma check --root root.cbor --trust trust.cbor code.png
  liangma check --root root.cbor --trust trust.cbor --recall recall.cbor 'LM1:…'
  liangma check --root root.cbor --trust trust.cbor --profile zhejiang-2020 --venue school code.txt
  zbarimg -q --raw door.png | liangma check --root root.cbor --trust trust.cbor -

A code is its text (it begins with LM1:), a PNG or JPEG picture, a text file, or - for standard input.
The root is the one you decided to trust; the other files are believed only as far as it signed them.
Without --profile the profile named by the code's issuer decides.

Exit codes: 0 every code is genuine, live and admitted; 1 at least one is refused, with why, what to
say and what to do; 2 at least one could not be read.")]
pub(crate) struct CheckArguments {
    /// The root of trust you were given by the operator of the region, over a way you trust.
    #[arg(long, value_name = "FILE")]
    pub(crate) root: PathBuf,
    /// The list of issuers and its time stamp.
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: PathBuf,
    /// The list of recalled codes; without it a recalled code cannot be told, and the answer says so.
    #[arg(long, value_name = "FILE")]
    pub(crate) recall: Option<PathBuf>,
    /// The region profile whose admission table decides, such as zhejiang-2020.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The kind of place the person wants to enter, such as school, hospital, bus.
    #[arg(long, value_name = "CLASS")]
    pub(crate) venue: Option<String>,
    /// The alert level of the place.
    #[arg(long, value_name = "LEVEL", default_value = "normal")]
    pub(crate) alert: String,
    /// Check as if it were this time, such as 2026-03-01T08:00:00+08:00.
    #[arg(long, value_name = "RFC3339")]
    pub(crate) at: Option<Timestamp>,
    /// Answer as JSON, one object a line, for programs.
    #[arg(long)]
    pub(crate) json: bool,
    /// Codes: a text, a picture, a text file, or - for standard input.
    #[arg(value_name = "TEXT-or-PICTURE", required = true)]
    pub(crate) codes: Vec<String>,
}

/// Arguments of `liangma serve`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  openssl genpkey -algorithm ed25519 -out counter.key
  openssl pkey -in counter.key -pubout -out counter.pub
  liangma serve --sandbox --data ./data --counter-key counter.pub
  liangma serve --sandbox --data ./data --counter-key counter.pub \\
      --listen 0.0.0.0:8443 --tls cert.pem key.pem

Plain HTTP is served to this machine only; any other address needs --tls. LIANGMA_LOG=info says more,
and LIANGMA_LOG_FORMAT=json says it for machines, one line for each request, without anybody's data.
Without --sandbox a deployment must provide its own ports to the population register, the message
gateway and the face provider; see docs/OPERATIONS.md.")]
pub(crate) struct ServeArguments {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
    pub(crate) listen: SocketAddr,
    /// Folder of the data; made when missing.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Certificate chain and private key, both PEM.
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"])]
    pub(crate) tls: Option<Vec<PathBuf>>,
    /// Use invented people, messages and faces; every code then says so.
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// The region profile in force.
    #[arg(long, value_name = "NAME", default_value = "zhejiang-2020")]
    pub(crate) profile: String,
    /// Begin in emergency mode, whatever was ordered before; `liangma mode` switches while it runs.
    #[arg(long)]
    pub(crate) emergency: bool,
    /// Address of this machine alone for operators: /metrics, /healthz and /readyz.
    #[arg(long, value_name = "ADDR")]
    pub(crate) operator: Option<SocketAddr>,
    /// Seconds between the first word that it stops, at /readyz, and the end of new connections.
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    pub(crate) notice: u64,
    /// The most open connections; about as many files must be allowed to be open.
    #[arg(long, value_name = "COUNT")]
    pub(crate) connections: Option<usize>,
    /// The most open connections of one address; loopback and trusted proxies are not counted so.
    #[arg(long, value_name = "COUNT")]
    pub(crate) connections_per_address: Option<usize>,
    /// Network of a balancer whose X-Forwarded-For is believed, such as 10.1.0.0/24; may be repeated.
    #[arg(long, value_name = "NETWORK")]
    pub(crate) trusted_proxy: Vec<liangma_platform::IpNet>,
    /// File with the public key (PEM) of the counter that verifies people without a face check.
    #[arg(long, value_name = "FILE")]
    pub(crate) counter_key: PathBuf,
}

/// Arguments of `liangma mode`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  liangma mode emergency --data /var/lib/liangma --by duty-officer
  liangma mode normal --data /var/lib/liangma --by duty-officer

In emergency mode strips are signed only a few hours ahead, as the profile sets: colours change fast
then. The running platform follows within a second or two and leaves a trace of who ordered it and when;
the order survives a restart. Name an account, not a person: the trace is kept.

Exit codes: 0 in force, 1 not ordered, or ordered and not followed yet.")]
pub(crate) struct ModeArguments {
    /// The mode.
    #[arg(value_enum, value_name = "MODE")]
    pub(crate) mode: ModeArgument,
    /// The platform's data folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The account that orders it: letters, digits, - _ and .
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) by: String,
}

/// A mode of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeArgument {
    /// As many hours ahead as the profile sets.
    Normal,
    /// Only the few that the profile sets for an emergency.
    Emergency,
}

/// Arguments of `liangma rules`.
#[derive(Args, Debug)]
pub(crate) struct RulesArguments {
    /// What to ask.
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
}

/// Questions to the rules.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Say which colour evidence gives in a region, why, and what clears it.
    Explain(ExplainArguments),
}

/// Arguments of `liangma rules explain`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  liangma rules explain --region zhejiang --evidence simulator/examples/fever.json
  liangma rules explain --region zhejiang --evidence fever.json --at 2020-02-20T08:00:00+08:00
  liangma rules explain --region zhejiang --evidence - --json < fever.json

The file is a JSON array of evidence as departments submit it; simulator/examples has some.
Nobody's name belongs in it: rules see evidence, not people.")]
pub(crate) struct ExplainArguments {
    /// The region: zhejiang, guangxi, shanxi or shandong.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: String,
    /// JSON file with the evidence, or - for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: PathBuf,
    /// Evaluate as of this time instead of now.
    #[arg(long, value_name = "RFC3339")]
    pub(crate) at: Option<Timestamp>,
    /// Answer as JSON, for programs.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `liangma backup`.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  liangma backup --data /var/lib/liangma --out liangma-2026-03-01.backup

The backup holds the database, whose sensitive fields stay sealed. The master key is not in it:
keep that somewhere else, because one without the other is of no use.")]
pub(crate) struct BackupArguments {
    /// The platform's data folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The file to write; an existing one is never overwritten.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// Arguments of `liangma restore`.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  liangma restore --from liangma-2026-03-01.backup --data /var/lib/liangma-new

The folder must not hold data yet. Put the master key beside it before serving.")]
pub(crate) struct RestoreArguments {
    /// The backup.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// The data folder to fill.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
}

/// Arguments of `liangma show`.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  liangma tour --keep-phone ./phone
  liangma show --store ./phone

It prints one line, the text in the QR of this moment. It opens no socket and writes no file.")]
pub(crate) struct ShowArguments {
    /// A phone's store, as `liangma tour --keep-phone` leaves it.
    #[arg(long, value_name = "DIR")]
    pub(crate) store: PathBuf,
}

/// Arguments of the hidden face provider.
#[derive(Args, Debug)]
pub(crate) struct ProviderArguments {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Its private key; drawn at the first start.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Where the page sends the browser in the end.
    #[arg(long, value_name = "URL")]
    pub(crate) return_url: Option<String>,
}
