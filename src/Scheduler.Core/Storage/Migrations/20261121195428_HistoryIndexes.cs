using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Scheduler.Core.Storage.Migrations
{
    /// <inheritdoc />
    public partial class HistoryIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_runs_dead",
                table: "runs");

            migrationBuilder.CreateIndex(
                name: "ix_runs_bad",
                table: "runs",
                column: "finished_at",
                filter: "status IN (4, 5, 7)");

            migrationBuilder.CreateIndex(
                name: "ix_runs_dead",
                table: "runs",
                columns: new[] { "schedule_id", "finished_at" },
                filter: "status IN (4, 5, 7) AND dismissed_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_runs_trigger_type",
                table: "runs",
                columns: new[] { "trigger_type", "id" },
                filter: "trigger_type <> 0");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_runs_bad",
                table: "runs");

            migrationBuilder.DropIndex(
                name: "ix_runs_dead",
                table: "runs");

            migrationBuilder.DropIndex(
                name: "ix_runs_trigger_type",
                table: "runs");

            migrationBuilder.CreateIndex(
                name: "ix_runs_dead",
                table: "runs",
                column: "id",
                filter: "status IN (4, 5, 7) AND dismissed_at IS NULL");
        }
    }
}
