using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Scheduler.Core.Storage.Migrations
{
    /// <inheritdoc />
    public partial class RollUps : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // WITHOUT ROWID, which the builder can't say: the key is the table, so a bucket is found by one seek and stored once.
            migrationBuilder.Sql(
                """
                CREATE TABLE roll_ups (
                    archived INTEGER NOT NULL, span INTEGER NOT NULL, start INTEGER NOT NULL, schedule_id INTEGER NOT NULL, origin INTEGER NOT NULL, status INTEGER NOT NULL,
                    count INTEGER NOT NULL, duration_sum INTEGER NOT NULL, duration_max INTEGER NOT NULL, durations BLOB NOT NULL,
                    lag_sum INTEGER NOT NULL, lag_max INTEGER NOT NULL, lags BLOB NOT NULL,
                    CONSTRAINT PK_roll_ups PRIMARY KEY (archived, span, start, schedule_id, origin, status)
                ) WITHOUT ROWID
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "roll_ups");
        }
    }
}
