using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Scheduler.Core.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Downtimes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
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
                column: "scheduled_for",
                filter: "(trigger_type = 1 OR cause IN (8, 9, 10))");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "downtimes");

            migrationBuilder.DropIndex(
                name: "ix_runs_missed",
                table: "runs");
        }
    }
}
