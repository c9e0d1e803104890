using System.Data.Common;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Scheduler.Web.Identity;

/// <summary>Accounts, invitations, API tokens and refused sign-ins: in the core's file, with a migrations table of its own.</summary>
public sealed class IdentityDb(DbContextOptions<IdentityDb> options) : IdentityUserContext<AppUser>(options)
{
    internal const string MigrationsTable = "__identity_migrations";

    internal DbSet<Invitation> Invitations => Set<Invitation>();
    internal DbSet<ApiToken> ApiTokens => Set<ApiToken>();
    internal DbSet<SignInFailure> SignInFailures => Set<SignInFailure>();

    /// <summary>This build's migrations of the accounts, by the name of their history table: for whoever judges a database file.</summary>
    internal static IReadOnlyDictionary<string, IReadOnlyCollection<string>> KnownMigrations
    {
        get
        {
            var options = new DbContextOptionsBuilder<IdentityDb>();
            Configure(options, "unopened.db");
            using var db = new IdentityDb(options.Options);
            return new Dictionary<string, IReadOnlyCollection<string>> { [MigrationsTable] = db.Database.GetMigrations().ToList() };
        }
    }

    /// <summary>Points <paramref name="options"/> at the database file.</summary>
    public static void Configure(DbContextOptionsBuilder options, string file)
    {
        var connection = new SqliteConnectionStringBuilder { DataSource = file, DefaultTimeout = 15 };
        options.UseSqlite(connection.ToString(), sqlite => sqlite.MigrationsHistoryTable(MigrationsTable)).AddInterceptors(ConnectionPragmas.Instance);
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<InstantAsMilliseconds>();
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.Entity<AppUser>(user => user.ToTable("users"));
        Invitation.Map(builder);
        ApiToken.Map(builder);
        SignInFailure.Map(builder);
        foreach (var entity in builder.Model.GetEntityTypes())
        {
            entity.SetTableName(SnakeCase(entity.GetTableName()!.Replace("AspNet", "", StringComparison.Ordinal)));
            foreach (var property in entity.GetProperties()) property.SetColumnName(SnakeCase(property.Name));
        }
    }

    private static string SnakeCase(string name)
    {
        var snake = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && !char.IsUpper(name[i - 1]) && name[i - 1] != '_') snake.Append('_');
            snake.Append(char.ToLower(name[i], CultureInfo.InvariantCulture));
        }
        return snake.ToString();
    }

    /// <summary>Instants are stored as UTC milliseconds, as the core stores them.</summary>
    private sealed class InstantAsMilliseconds() : ValueConverter<DateTimeOffset, long>(
        at => at.ToUnixTimeMilliseconds(), milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));

    /// <summary>What SQLite forgets with each connection.</summary>
    private sealed class ConnectionPragmas : DbConnectionInterceptor
    {
        public static readonly ConnectionPragmas Instance = new();

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Apply(connection);

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Apply(connection);
            return Task.CompletedTask;
        }

        private static void Apply(DbConnection connection)
        {
            using var pragmas = connection.CreateCommand();
            pragmas.CommandText = "PRAGMA busy_timeout = 15000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
            pragmas.ExecuteNonQuery();
        }
    }
}

/// <summary>Lets <c>dotnet ef migrations add</c> build the model without starting the program.</summary>
internal sealed class IdentityDbForMigrations : IDesignTimeDbContextFactory<IdentityDb>
{
    public IdentityDb CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<IdentityDb>();
        IdentityDb.Configure(options, "migrations.db");
        return new IdentityDb(options.Options);
    }
}
