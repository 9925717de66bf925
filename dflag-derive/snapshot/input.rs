/// A server whose limits can be changed without a restart.
#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Args::check, finish = Args::finish, mark_dynamic)]
pub(crate) struct Args {
    /// Port to listen on.
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// Something integery here.
    ///
    /// More of it.
    #[arg(long, default_value_t = 1337, value_parser = value_parser!(i64).range(0..))]
    #[flag(dynamic)]
    pub example_my_dynamic_int: i64,

    #[arg(long, default_value_t = 0.0)]
    #[flag(dynamic, validate = in_range(0.0..=1.0), validate = |v: &f64| finite(*v))]
    rollout: f64,

    #[arg(long, default_value = "0%")]
    #[flag(dynamic, salt = "checkout", unit = "of users", deprecated = OLD)]
    new_checkout: Fraction,

    /// Token for the upstream.
    #[arg(long)]
    #[flag(dynamic, secret)]
    #[flag(trim = false)]
    upstream_token: Option<String>,

    #[arg(long = "kind", id = "other")]
    #[flag(dynamic)]
    r#type: Vec<String>,

    #[arg(long)]
    color: Option<Option<String>>,

    #[arg(long, value_delimiter = ',')]
    allow: Option<Vec<String>>,

    /// Limits of all kinds.
    #[command(flatten)]
    #[flag(flatten)]
    limits: Limits,

    #[command(flatten)]
    logging: third_party::Logging,

    #[command(subcommand)]
    command: Option<Command>,

    #[arg(skip)]
    started: Option<Instant>,
}
