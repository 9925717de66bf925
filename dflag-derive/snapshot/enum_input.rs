/// What the program does.
#[derive(Subcommand, DynamicFlags)]
#[flags(validate = Command::check)]
pub(crate) enum Command {
    /// Serves requests.
    #[flag(subcommand)]
    Serve(Box<ServeArgs>),

    #[command(subcommand)]
    #[flag(subcommand)]
    Db(DbCommand),

    #[command(flatten)]
    #[flag(flatten)]
    More(MoreCommand),

    Migrate(MigrateArgs),

    Import {
        #[arg(long)]
        file: PathBuf,
        r#type: String,
    },

    Version,
}
