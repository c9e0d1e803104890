using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Scheduler.Core.Storage.Migrations
{
    /// <inheritdoc />
    public partial class DowntimesAndBackfills : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "backfill_slots",
                columns: table => new
                {
                    backfill_id = table.Column<long>(type: "INTEGER", nullable: false),
                    scheduled_for = table.Column<long>(type: "INTEGER", nullable: false),
                    schedule_id = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<int>(type: "INTEGER", nullable: false),
                    run_id = table.Column<long>(type: "INTEGER", nullable: true),
                    tries = table.Column<int>(type: "INTEGER", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_backfill_slots", x => new { x.backfill_id, x.scheduled_for });
                });

            migrationBuilder.CreateTable(
                name: "backfills",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    schedule_id = table.Column<long>(type: "INTEGER", nullable: false),
                    schedule_name = table.Column<string>(type: "TEXT", nullable: false),
                    generation = table.Column<int>(type: "INTEGER", nullable: false),
                    time_zone = table.Column<string>(type: "TEXT", nullable: false),
                    range_from = table.Column<long>(type: "INTEGER", nullable: false),
                    range_to = table.Column<long>(type: "INTEGER", nullable: false),
                    mode = table.Column<int>(type: "INTEGER", nullable: false),
                    slot_order = table.Column<int>(type: "INTEGER", nullable: false),
                    on_failure = table.Column<int>(type: "INTEGER", nullable: false),
                    parallel = table.Column<int>(type: "INTEGER", nullable: false),
                    hours = table.Column<string>(type: "TEXT", nullable: true),
                    pool = table.Column<string>(type: "TEXT", nullable: false),
                    job_kind = table.Column<string>(type: "TEXT", nullable: false),
                    priority = table.Column<int>(type: "INTEGER", nullable: false),
                    max_attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    state = table.Column<int>(type: "INTEGER", nullable: false),
                    state_reason = table.Column<string>(type: "TEXT", nullable: false),
                    total = table.Column<int>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    created_by = table.Column<string>(type: "TEXT", nullable: false),
                    note = table.Column<string>(type: "TEXT", nullable: false),
                    finished_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_backfills", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "downtimes",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    kind = table.Column<int>(type: "INTEGER", nullable: false),
                    from_at = table.Column<long>(type: "INTEGER", nullable: false),
                    to_at = table.Column<long>(type: "INTEGER", nullable: false),
                    boot_id = table.Column<long>(type: "INTEGER", nullable: true),
                    interrupted = table.Column<string>(type: "TEXT", nullable: false),
                    dismissed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    dismissed_by = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_downtimes", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_runs_missed",
                table: "runs",
                columns: new[] { "scheduled_for", "schedule_id" },
                filter: "status = 8 AND cause IN (6, 7, 8, 9, 10, 12)");

            migrationBuilder.CreateIndex(
                name: "ix_runs_of_absence",
                table: "runs",
                column: "scheduled_for",
                filter: "(trigger_type = 1 OR cause IN (8, 9, 10))");

            migrationBuilder.CreateIndex(
                name: "ux_runs_backfill",
                table: "runs",
                columns: new[] { "backfill_id", "scheduled_for" },
                unique: true,
                filter: "backfill_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_backfill_slots_occurrence",
                table: "backfill_slots",
                columns: new[] { "schedule_id", "scheduled_for" });

            migrationBuilder.CreateIndex(
                name: "ix_backfill_slots_state",
                table: "backfill_slots",
                columns: new[] { "backfill_id", "state", "tries", "scheduled_for" });

            migrationBuilder.CreateIndex(
                name: "ix_backfills_schedule",
                table: "backfills",
                columns: new[] { "schedule_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_backfills_unfinished",
                table: "backfills",
                column: "id",
                filter: "finished_at IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "backfill_slots");

            migrationBuilder.DropTable(
                name: "backfills");

            migrationBuilder.DropTable(
                name: "downtimes");

            migrationBuilder.DropIndex(
                name: "ix_runs_missed",
                table: "runs");

            migrationBuilder.DropIndex(
                name: "ix_runs_of_absence",
                table: "runs");

            migrationBuilder.DropIndex(
                name: "ux_runs_backfill",
                table: "runs");
        }
    }
}
