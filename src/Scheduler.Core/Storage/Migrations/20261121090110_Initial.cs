using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Scheduler.Core.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "attempts",
                columns: table => new
                {
                    run_id = table.Column<long>(type: "INTEGER", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    finished_at = table.Column<long>(type: "INTEGER", nullable: false),
                    status = table.Column<int>(type: "INTEGER", nullable: false),
                    error = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attempts", x => new { x.run_id, x.number });
                });

            migrationBuilder.CreateTable(
                name: "audit",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    role = table.Column<string>(type: "TEXT", nullable: false),
                    door = table.Column<string>(type: "TEXT", nullable: false),
                    address = table.Column<string>(type: "TEXT", nullable: true),
                    action = table.Column<string>(type: "TEXT", nullable: false),
                    object_kind = table.Column<string>(type: "TEXT", nullable: false),
                    object_name = table.Column<string>(type: "TEXT", nullable: false),
                    details = table.Column<string>(type: "TEXT", nullable: false),
                    previous_hash = table.Column<string>(type: "TEXT", nullable: false),
                    hash = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "boots",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    host = table.Column<string>(type: "TEXT", nullable: false),
                    process_id = table.Column<int>(type: "INTEGER", nullable: false),
                    is_engine = table.Column<bool>(type: "INTEGER", nullable: false),
                    process_started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    stopped_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_boots", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "findings",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    schedule_name = table.Column<string>(type: "TEXT", nullable: false),
                    fingerprint = table.Column<string>(type: "TEXT", nullable: false),
                    rule = table.Column<string>(type: "TEXT", nullable: false),
                    severity = table.Column<int>(type: "INTEGER", nullable: false),
                    title = table.Column<string>(type: "TEXT", nullable: false),
                    asset = table.Column<string>(type: "TEXT", nullable: false),
                    location = table.Column<string>(type: "TEXT", nullable: false),
                    evidence = table.Column<string>(type: "TEXT", nullable: false),
                    remedy = table.Column<string>(type: "TEXT", nullable: false),
                    reference = table.Column<string>(type: "TEXT", nullable: false),
                    open = table.Column<bool>(type: "INTEGER", nullable: false),
                    first_run_id = table.Column<long>(type: "INTEGER", nullable: false),
                    first_seen_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_run_id = table.Column<long>(type: "INTEGER", nullable: false),
                    last_seen_at = table.Column<long>(type: "INTEGER", nullable: false),
                    gone_run_id = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_findings", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "revisions",
                columns: table => new
                {
                    schedule_id = table.Column<long>(type: "INTEGER", nullable: false),
                    generation = table.Column<int>(type: "INTEGER", nullable: false),
                    spec = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    by = table.Column<string>(type: "TEXT", nullable: false),
                    note = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_revisions", x => new { x.schedule_id, x.generation });
                });

            migrationBuilder.CreateTable(
                name: "run_findings",
                columns: table => new
                {
                    run_id = table.Column<long>(type: "INTEGER", nullable: false),
                    finding_id = table.Column<long>(type: "INTEGER", nullable: false),
                    change = table.Column<int>(type: "INTEGER", nullable: false),
                    severity = table.Column<int>(type: "INTEGER", nullable: false),
                    evidence = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_run_findings", x => new { x.run_id, x.finding_id });
                });

            migrationBuilder.CreateTable(
                name: "runs",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    schedule_id = table.Column<long>(type: "INTEGER", nullable: true),
                    schedule_name = table.Column<string>(type: "TEXT", nullable: false),
                    generation = table.Column<int>(type: "INTEGER", nullable: false),
                    trigger_type = table.Column<int>(type: "INTEGER", nullable: false),
                    scheduled_for = table.Column<long>(type: "INTEGER", nullable: true),
                    stands_for = table.Column<int>(type: "INTEGER", nullable: false),
                    status = table.Column<int>(type: "INTEGER", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    priority = table.Column<int>(type: "INTEGER", nullable: false),
                    pool = table.Column<string>(type: "TEXT", nullable: false),
                    job_kind = table.Column<string>(type: "TEXT", nullable: false),
                    job = table.Column<string>(type: "TEXT", nullable: true),
                    attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    max_attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    due_at = table.Column<long>(type: "INTEGER", nullable: false),
                    queued_at = table.Column<long>(type: "INTEGER", nullable: false),
                    not_before = table.Column<long>(type: "INTEGER", nullable: false),
                    start_by = table.Column<long>(type: "INTEGER", nullable: true),
                    exclusive = table.Column<bool>(type: "INTEGER", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: true),
                    attempt_started_at = table.Column<long>(type: "INTEGER", nullable: true),
                    finished_at = table.Column<long>(type: "INTEGER", nullable: true),
                    duration_ms = table.Column<long>(type: "INTEGER", nullable: true),
                    progress = table.Column<double>(type: "REAL", nullable: true),
                    activity = table.Column<string>(type: "TEXT", nullable: true),
                    assets_scanned = table.Column<int>(type: "INTEGER", nullable: false),
                    findings_total = table.Column<int>(type: "INTEGER", nullable: false),
                    critical = table.Column<int>(type: "INTEGER", nullable: false),
                    high = table.Column<int>(type: "INTEGER", nullable: false),
                    medium = table.Column<int>(type: "INTEGER", nullable: false),
                    low = table.Column<int>(type: "INTEGER", nullable: false),
                    info = table.Column<int>(type: "INTEGER", nullable: false),
                    new_findings = table.Column<int>(type: "INTEGER", nullable: false),
                    fixed_findings = table.Column<int>(type: "INTEGER", nullable: false),
                    error = table.Column<string>(type: "TEXT", nullable: true),
                    requested_by = table.Column<string>(type: "TEXT", nullable: true),
                    cancel_requested_by = table.Column<string>(type: "TEXT", nullable: true),
                    backfill_id = table.Column<long>(type: "INTEGER", nullable: true),
                    event_id = table.Column<long>(type: "INTEGER", nullable: true),
                    metrics = table.Column<string>(type: "TEXT", nullable: false),
                    boot_id = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_runs", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "schedules",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<string>(type: "TEXT", nullable: false, collation: "NOCASE"),
                    uid = table.Column<Guid>(type: "TEXT", nullable: false),
                    generation = table.Column<int>(type: "INTEGER", nullable: false),
                    state = table.Column<int>(type: "INTEGER", nullable: false),
                    state_reason = table.Column<string>(type: "TEXT", nullable: false),
                    spec = table.Column<string>(type: "TEXT", nullable: false),
                    trigger_text = table.Column<string>(type: "TEXT", nullable: false),
                    time_zone = table.Column<string>(type: "TEXT", nullable: false),
                    anchor_at = table.Column<long>(type: "INTEGER", nullable: false),
                    has_start = table.Column<bool>(type: "INTEGER", nullable: false),
                    end_at = table.Column<long>(type: "INTEGER", nullable: true),
                    priority = table.Column<int>(type: "INTEGER", nullable: false),
                    pool = table.Column<string>(type: "TEXT", nullable: false),
                    job_kind = table.Column<string>(type: "TEXT", nullable: false),
                    concurrency_policy = table.Column<int>(type: "INTEGER", nullable: false),
                    missed_runs = table.Column<int>(type: "INTEGER", nullable: false),
                    starting_deadline = table.Column<long>(type: "INTEGER", nullable: true),
                    max_attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    next_run_at = table.Column<long>(type: "INTEGER", nullable: true),
                    last_scheduled_at = table.Column<long>(type: "INTEGER", nullable: true),
                    last_success_at = table.Column<long>(type: "INTEGER", nullable: true),
                    succeeded = table.Column<int>(type: "INTEGER", nullable: false),
                    failed = table.Column<int>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    created_by = table.Column<string>(type: "TEXT", nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    changed_by = table.Column<string>(type: "TEXT", nullable: false),
                    paused_at = table.Column<long>(type: "INTEGER", nullable: true),
                    paused_until = table.Column<long>(type: "INTEGER", nullable: true),
                    paused_by = table.Column<string>(type: "TEXT", nullable: true),
                    pause_reason = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_schedules", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "settings",
                columns: table => new
                {
                    key = table.Column<string>(type: "TEXT", nullable: false),
                    value = table.Column<string>(type: "TEXT", nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    changed_by = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_settings", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "schedule_labels",
                columns: table => new
                {
                    schedule_id = table.Column<long>(type: "INTEGER", nullable: false),
                    key = table.Column<string>(type: "TEXT", nullable: false),
                    value = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_schedule_labels", x => new { x.schedule_id, x.key });
                    table.ForeignKey(
                        name: "FK_schedule_labels_schedules_schedule_id",
                        column: x => x.schedule_id,
                        principalTable: "schedules",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_findings_schedule_name_fingerprint",
                table: "findings",
                columns: new[] { "schedule_name", "fingerprint" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_runs_finished",
                table: "runs",
                column: "finished_at");

            migrationBuilder.CreateIndex(
                name: "ix_runs_schedule",
                table: "runs",
                columns: new[] { "schedule_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_runs_status",
                table: "runs",
                columns: new[] { "status", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_runs_waiting",
                table: "runs",
                columns: new[] { "pool", "priority", "due_at", "id" },
                descending: new[] { false, true, false, false },
                filter: "status IN (0, 2)");

            migrationBuilder.CreateIndex(
                name: "ux_runs_occurrence",
                table: "runs",
                columns: new[] { "schedule_id", "scheduled_for" },
                unique: true,
                filter: "trigger_type IN (0, 1)");

            migrationBuilder.CreateIndex(
                name: "IX_schedule_labels_key_value",
                table: "schedule_labels",
                columns: new[] { "key", "value" });

            migrationBuilder.CreateIndex(
                name: "IX_schedules_name",
                table: "schedules",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_schedules_state_next_run_at",
                table: "schedules",
                columns: new[] { "state", "next_run_at" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "attempts");

            migrationBuilder.DropTable(
                name: "audit");

            migrationBuilder.DropTable(
                name: "boots");

            migrationBuilder.DropTable(
                name: "findings");

            migrationBuilder.DropTable(
                name: "revisions");

            migrationBuilder.DropTable(
                name: "run_findings");

            migrationBuilder.DropTable(
                name: "runs");

            migrationBuilder.DropTable(
                name: "schedule_labels");

            migrationBuilder.DropTable(
                name: "settings");

            migrationBuilder.DropTable(
                name: "schedules");
        }
    }
}
