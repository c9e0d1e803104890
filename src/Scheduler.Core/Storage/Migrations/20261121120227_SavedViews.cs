using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Scheduler.Core.Storage.Migrations
{
    /// <inheritdoc />
    public partial class SavedViews : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_schedules_state_next_run_at",
                table: "schedules");

            migrationBuilder.AddColumn<int>(
                name: "last_status",
                table: "schedules",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "not_run",
                table: "schedules",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            // What completing a run notes from here on, for the runs that there are.
            migrationBuilder.Sql(
                """
                UPDATE schedules SET last_status = (
                    SELECT r.status FROM runs AS r INDEXED BY ix_runs_schedule
                    WHERE r.schedule_id = schedules.id AND r.status IN (3, 4, 5, 7) AND r.trigger_type <> 5 ORDER BY r.id DESC LIMIT 1)
                """);

            migrationBuilder.CreateTable(
                name: "saved_views",
                columns: table => new
                {
                    person = table.Column<string>(type: "TEXT", nullable: false, collation: "NOCASE"),
                    name = table.Column<string>(type: "TEXT", nullable: false, collation: "NOCASE"),
                    address = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_saved_views", x => new { x.person, x.name });
                });

            migrationBuilder.CreateIndex(
                name: "ix_schedules_list",
                table: "schedules",
                columns: new[] { "state", "next_run_at", "name", "job_kind", "last_status", "not_run", "created_by", "changed_by" });

            migrationBuilder.CreateIndex(
                name: "IX_schedules_paused_until",
                table: "schedules",
                column: "paused_until");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "saved_views");

            migrationBuilder.DropIndex(
                name: "ix_schedules_list",
                table: "schedules");

            migrationBuilder.DropIndex(
                name: "IX_schedules_paused_until",
                table: "schedules");

            migrationBuilder.DropColumn(
                name: "last_status",
                table: "schedules");

            migrationBuilder.DropColumn(
                name: "not_run",
                table: "schedules");

            migrationBuilder.CreateIndex(
                name: "IX_schedules_state_next_run_at",
                table: "schedules",
                columns: new[] { "state", "next_run_at" });
        }
    }
}
