using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Scheduler.Core.Storage.Migrations
{
    /// <inheritdoc />
    public partial class MissedIndex : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_runs_missed",
                table: "runs");

            migrationBuilder.CreateIndex(
                name: "ix_runs_missed",
                table: "runs",
                columns: new[] { "scheduled_for", "schedule_id", "stands_for", "stands_from", "status", "cause" },
                filter: "status = 8 AND cause IN (6, 7, 8, 9, 10, 12)");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_runs_missed",
                table: "runs");

            migrationBuilder.CreateIndex(
                name: "ix_runs_missed",
                table: "runs",
                columns: new[] { "scheduled_for", "schedule_id" },
                filter: "status = 8 AND cause IN (6, 7, 8, 9, 10, 12)");
        }
    }
}
