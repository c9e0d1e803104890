using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Scheduler.Core.Storage.Migrations
{
    /// <inheritdoc />
    public partial class SkipCauses : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "cause",
                table: "runs",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "stands_from",
                table: "runs",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "seen_at",
                table: "boots",
                type: "INTEGER",
                nullable: true);

            // Of the skipped runs from before only the words are known.
            migrationBuilder.Sql("UPDATE runs SET cause = 0 WHERE status = 8");

            migrationBuilder.CreateIndex(
                name: "IX_audit_object_kind_object_name_id",
                table: "audit",
                columns: new[] { "object_kind", "object_name", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_audit_object_kind_object_name_id",
                table: "audit");

            migrationBuilder.DropColumn(
                name: "cause",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "stands_from",
                table: "runs");

            migrationBuilder.DropColumn(
                name: "seen_at",
                table: "boots");
        }
    }
}
