using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Scheduler.Core.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Emergencies : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "emergency_id",
                table: "runs",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "occasion",
                table: "runs",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<bool>(
                name: "overrides_concurrency",
                table: "runs",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "overrides_rate_limits",
                table: "runs",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateTable(
                name: "emergencies",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    labels = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    overrides_concurrency = table.Column<bool>(type: "INTEGER", nullable: false),
                    overrides_blackout = table.Column<bool>(type: "INTEGER", nullable: false),
                    overrides_rate_limits = table.Column<bool>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    by = table.Column<string>(type: "TEXT", nullable: false),
                    started = table.Column<int>(type: "INTEGER", nullable: false),
                    stopped_at = table.Column<long>(type: "INTEGER", nullable: true),
                    stopped_by = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_emergencies", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_runs_emergency",
                table: "runs",
                column: "emergency_id",
                filter: "emergency_id IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "emergencies");

            migrationBuilder.DropIndex(
                name: "ix_runs_emergency",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "emergency_id",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "occasion",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "overrides_concurrency",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "overrides_rate_limits",
                table: "runs");
        }
    }
}
