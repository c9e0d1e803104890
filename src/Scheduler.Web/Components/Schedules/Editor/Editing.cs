using Microsoft.AspNetCore.Components;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Schedules;

namespace Scheduler.Web.Components.Schedules.Editor;

/// <summary>
/// One schedule being written: form and YAML in step, what of it a person has touched, and what it means. The sections of the editor share
/// it; the page renders anew with every change.
/// </summary>
public sealed class Editing
{
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private readonly Func<ScheduleForm, Draft> _read;
    private bool _isAttempted;

    /// <param name="form">What the editor begins with.</param>
    /// <param name="storedName">The schedule that is changed; null for a new one.</param>
    /// <param name="read">Says what a form means now.</param>
    public Editing(ScheduleForm form, string? storedName, Func<ScheduleForm, Draft> read)
    {
        (Form, StoredName, _read) = (form, storedName, read);
        Yaml = form.Yaml;
        Draft = read(form);
    }

    /// <summary>Raised after every change.</summary>
    public event Action? Changed;

    public ScheduleForm Form { get; }
    public string? StoredName { get; }
    public Draft Draft { get; private set; }

    /// <summary>The manifest as text: the person's own while it is typed, written anew when the form changes.</summary>
    public string Yaml { get; private set; }

    /// <summary>Why <see cref="Yaml"/> can't be read; the form then stands as it was before.</summary>
    public string? YamlFault { get; private set; }

    /// <summary>All that keeps it from being saved.</summary>
    public IReadOnlyList<FieldError> Errors => YamlFault is { } fault ? [new FieldError("YAML", fault), .. Draft.Errors] : Draft.Errors;

    /// <summary>What is told beside the fields: all of it once somebody tried to save, before that only of fields that were touched.</summary>
    public IReadOnlyList<FieldError> Shown => _isAttempted ? Errors : Errors.Where(e => IsShown(e.Path)).ToList();

    public bool IsShown(string path) =>
        _isAttempted || _touched.Any(t => path == t || path.StartsWith(t + "[", StringComparison.Ordinal) || path.StartsWith(t + ".", StringComparison.Ordinal));

    /// <summary>The value at a path as a person types it, or another where there is none.</summary>
    public string Text(string path, string otherwise = "") => Form.Text(path) is { Length: > 0 } text ? text : otherwise;

    public void Set(string path, string? value, JobFieldType type = JobFieldType.Text)
    {
        Form.SetText(path, value, type);
        Touch(path);
    }

    public void Set(string path, ChangeEventArgs e, JobFieldType type = JobFieldType.Text) => Set(path, e.Value as string, type);

    /// <summary>The form's value at that path was changed by the caller.</summary>
    public void Touch(string path)
    {
        _touched.Add(path);
        ReadForm();
    }

    public void ChangeKind(IJobKind kind)
    {
        Form.ChangeKind(kind);
        _touched.RemoveWhere(p => p.StartsWith("spec.job", StringComparison.Ordinal));
        ReadForm();
    }

    /// <summary>The YAML was typed: the form follows as soon as it can be read.</summary>
    public void ChangeYaml(string? text)
    {
        (Yaml, YamlFault) = (text ?? "", null);
        try
        {
            Form.Replace(Yaml);
            _touched.Add("spec");
            _touched.Add("metadata");
            Draft = _read(Form);
        }
        catch (InvalidInputException fault)
        {
            YamlFault = fault.Errors[0].Message;
        }
        Changed?.Invoke();
    }

    /// <summary>Somebody tried to save: from now on every fault is told.</summary>
    /// <returns>Whether it can be saved.</returns>
    public bool Attempt()
    {
        _isAttempted = true;
        Draft = _read(Form);
        return Errors.Count == 0;
    }

    /// <summary>The store refused it for reasons that only the store knows.</summary>
    public void Refuse(IReadOnlyList<FieldError> errors) => Draft = Draft with { Errors = errors };

    private void ReadForm()
    {
        (Yaml, YamlFault) = (Form.Yaml, null);
        Draft = _read(Form);
        Changed?.Invoke();
    }
}
