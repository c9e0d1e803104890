using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Scheduler.Core.Storage.Migrations
{
    /// <inheritdoc />
    public partial class DeadLettersAndStartOrder : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_runs_waiting",
                table: "runs");

            migrationBuilder.AddColumn<string>(
                name: "dismiss_reason",
                table: "runs",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "dismissed_at",
                table: "runs",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "dismissed_by",
                table: "runs",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "start_rank",
                table: "runs",
                type: "INTEGER",
                nullable: false,
                computedColumnSql: "CASE WHEN trigger_type = 4 THEN queued_at - 10000000000000 ELSE queued_at - priority * 180000 END",
                stored: false);

            migrationBuilder.CreateIndex(
                name: "ix_runs_dead",
                table: "runs",
                column: "id",
                filter: "status IN (4, 5, 7) AND dismissed_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_runs_waiting",
                table: "runs",
                columns: new[] { "pool", "start_rank", "due_at", "id" },
                filter: "status IN (0, 2)");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_runs_dead",
                table: "runs");

            migrationBuilder.DropIndex(
                name: "ix_runs_waiting",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "start_rank",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "dismiss_reason",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "dismissed_at",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "dismissed_by",
                table: "runs");

            migrationBuilder.CreateIndex(
                name: "ix_runs_waiting",
                table: "runs",
                columns: new[] { "pool", "priority", "due_at", "id" },
                descending: new[] { false, true, false, false },
                filter: "status IN (0, 2)");
        }
    }
}
