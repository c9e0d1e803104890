using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Scheduler.Core.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Events : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "event_fired_at",
                table: "schedules",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "event_type",
                table: "schedules",
                type: "TEXT",
                nullable: true);

            migrationBuilder.Sql("UPDATE schedules SET event_type = substr(trigger_text, 7, length(trigger_text) - 7) WHERE trigger_text LIKE 'event(%)'");

            migrationBuilder.AddColumn<long>(
                name: "burst_limit_at",
                table: "runs",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "parameters",
                table: "runs",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "event_verdicts",
                columns: table => new
                {
                    event_id = table.Column<long>(type: "INTEGER", nullable: false),
                    schedule_id = table.Column<long>(type: "INTEGER", nullable: false),
                    schedule_name = table.Column<string>(type: "TEXT", nullable: false),
                    outcome = table.Column<int>(type: "INTEGER", nullable: false),
                    words = table.Column<string>(type: "TEXT", nullable: false),
                    run_id = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_event_verdicts", x => new { x.event_id, x.schedule_id });
                });

            migrationBuilder.CreateTable(
                name: "events",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    type = table.Column<string>(type: "TEXT", nullable: false),
                    source = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    size = table.Column<int>(type: "INTEGER", nullable: false),
                    by = table.Column<string>(type: "TEXT", nullable: false),
                    chain = table.Column<string>(type: "TEXT", nullable: false),
                    run_id = table.Column<long>(type: "INTEGER", nullable: true),
                    data = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_events", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_schedules_event",
                table: "schedules",
                column: "event_type",
                filter: "event_type IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_runs_gathering",
                table: "runs",
                columns: new[] { "schedule_id", "not_before" },
                filter: "burst_limit_at IS NOT NULL AND status = 0");

            migrationBuilder.CreateIndex(
                name: "ix_event_verdicts_outcome",
                table: "event_verdicts",
                columns: new[] { "outcome", "event_id" });

            migrationBuilder.CreateIndex(
                name: "ix_event_verdicts_schedule",
                table: "event_verdicts",
                columns: new[] { "schedule_id", "event_id" });

            migrationBuilder.CreateIndex(
                name: "ix_events_at",
                table: "events",
                columns: new[] { "at", "size" });

            migrationBuilder.CreateIndex(
                name: "ix_events_source",
                table: "events",
                columns: new[] { "source", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_events_type",
                table: "events",
                columns: new[] { "type", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "event_verdicts");

            migrationBuilder.DropTable(
                name: "events");

            migrationBuilder.DropIndex(
                name: "ix_schedules_event",
                table: "schedules");

            migrationBuilder.DropIndex(
                name: "ix_runs_gathering",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "event_fired_at",
                table: "schedules");

            migrationBuilder.DropColumn(
                name: "event_type",
                table: "schedules");

            migrationBuilder.DropColumn(
                name: "burst_limit_at",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "parameters",
                table: "runs");
        }
    }
}
