using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Scheduler.Core.Storage.Migrations
{
    /// <inheritdoc />
    public partial class ActiveRunsAndShortLogs : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "short_logs",
                columns: table => new
                {
                    run_id = table.Column<long>(type: "INTEGER", nullable: false),
                    text = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_short_logs", x => x.run_id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_runs_active",
                table: "runs",
                columns: new[] { "schedule_id", "status" },
                filter: "status IN (0, 1, 2)");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "short_logs");

            migrationBuilder.DropIndex(
                name: "ix_runs_active",
                table: "runs");
        }
    }
}
