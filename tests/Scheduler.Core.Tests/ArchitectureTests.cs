using System.Reflection;
using System.Reflection.Emit;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Tests;

/// <summary>Who may know whom, read off the compiled assembly: fields, properties, parameters, results and what method bodies call.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Assembly Assembly = typeof(SchedulerOptions).Assembly;

    [Theory]
    [InlineData("Triggers", "")]
    [InlineData("Live", "")]
    [InlineData("Access", "")]
    [InlineData("Fields", "Triggers")]
    [InlineData("Findings", "Storage")]
    [InlineData("Audit", "Access")]
    [InlineData("Schedules", "Triggers Live Fields Jobs Findings Access Analytics Audit Storage Runs Workers")]
    [InlineData("Runs", "Schedules Triggers Live Fields Jobs Findings Access Analytics Audit Storage Dispatching Workers Blackouts Downtimes")]
    [InlineData("Dispatching", "Runs Schedules Triggers Storage Blackouts")]
    [InlineData("Blackouts", "Runs Schedules Triggers Fields Access Audit Storage Workers")]
    [InlineData("Emergencies", "Runs Schedules Fields Access Audit Storage Workers Blackouts")]
    [InlineData("Downtimes", "Runs Access Audit Storage Workers")]
    [InlineData("Backfills", "Runs Schedules Triggers Live Fields Jobs Access Audit Storage Workers")]
    [InlineData("Events", "Runs Schedules Triggers Live Fields Jobs Findings Access Audit Storage Workers")]
    [InlineData("Impact", "Backfills Analytics Blackouts Schedules Triggers Fields Jobs Storage")]
    [InlineData("Webhooks", "Events Triggers Live Fields Access Audit Storage Workers")]
    [InlineData("Analytics", "Runs Schedules Triggers Storage")]
    [InlineData("Retention", "Runs Storage")]
    [InlineData("Processes", "")]
    [InlineData("SelfChecks", "Runs Schedules Triggers Jobs Findings Live Storage")]
    public void Folder_KnowsOnly(string folder, string allowed)
    {
        var permitted = allowed.Split(' ', StringSplitOptions.RemoveEmptyEntries).Append(folder).ToHashSet();
        var breaches = TypesOf(folder).SelectMany(type => KnownBy(type).Select(other => (type, other)))
            .Where(pair => FolderOf(pair.other) is { } other && !permitted.Contains(other))
            .Select(pair => $"{pair.type.FullName} -> {pair.other.FullName}").Distinct().ToList();
        Assert.Empty(breaches);
    }

    [Fact]
    public void TheReader_SeesFieldsLocalsAndCalls()
    {
        Assert.Contains(typeof(Core.Dispatching.DueTimeDispatcher), KnownBy(typeof(Core.Workers.Engine)));
        Assert.Contains(TypesOf("Runs").SelectMany(KnownBy), t => t == typeof(Core.Findings.FindingLedger)); // static, so only ever called
        Assert.Contains(TypesOf("Workers").SelectMany(Bodies).SelectMany(Calls), m => m.DeclaringType == typeof(TimeProvider) && m.Name == nameof(TimeProvider.GetUtcNow));
    }

    [Fact]
    public void DispatcherAndWorkers_NeverKnowOneKindsFolder()
    {
        var kinds = new Regex(@"^Scheduler\.Core\.Jobs\.[A-Z]\w+\.");
        var breaches = TypesOf("Dispatching").Concat(TypesOf("Workers")).Concat(TypesOf("Runs")).Concat(TypesOf("Schedules"))
            .SelectMany(type => KnownBy(type).Where(other => kinds.IsMatch(other.FullName ?? "")).Select(other => $"{type.FullName} -> {other.FullName}")).ToList();
        Assert.Empty(breaches);
    }

    [Fact]
    public void JobKinds_SeeNoDatabaseQueueOrFeed()
    {
        var kindTypes = Assembly.GetTypes().Where(t => Regex.IsMatch(t.Namespace ?? "", @"^Scheduler\.Core\.Jobs\.\w+$"));
        var breaches = kindTypes.SelectMany(type => KnownBy(type).Where(other => FolderOf(other) is "Storage" or "Runs" or "Live" or "Schedules" or "Workers" or "Dispatching").Select(other => $"{type.FullName} -> {other.FullName}")).ToList();
        Assert.Empty(breaches);
    }

    [Fact]
    public void Triggers_NeverAskForNow()
    {
        var clocks = new HashSet<string> { "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow", "System.TimeProvider.get_System", "System.DateTime.get_Today" };
        var breaches = TypesOf("Triggers").SelectMany(type => Bodies(type).SelectMany(Calls).Select(m => $"{m.DeclaringType?.FullName}.{m.Name}").Where(clocks.Contains).Select(call => $"{type.FullName} calls {call}")).ToList();
        Assert.Empty(breaches);
    }

    [Fact]
    public void Core_AsksOnlyTheInjectedClock()
    {
        var breaches = Assembly.GetTypes().Where(t => t != typeof(SchedulerServices)).SelectMany(type => Bodies(type).SelectMany(Calls)
            .Where(m => (m.DeclaringType == typeof(DateTime) || m.DeclaringType == typeof(DateTimeOffset)) && m.Name is "get_Now" or "get_UtcNow" or "get_Today"
                || (m.DeclaringType == typeof(Thread) && m.Name == "Sleep"))
            .Select(m => $"{type.FullName} calls {m.DeclaringType!.Name}.{m.Name}")).Distinct().ToList();
        Assert.Empty(breaches);
    }

    [Fact]
    public void Storage_IsHiddenFromOtherAssemblies()
    {
        Assert.False(typeof(SchedulerDb).IsVisible);
        var open = Assembly.GetTypes().Where(t => t.IsVisible && typeof(DbContext).IsAssignableFrom(t)).ToList();
        Assert.Empty(open);
    }

    [Fact]
    public void EveryInterface_HasTwoImplementations()
    {
        var single = Assembly.GetTypes().Where(t => t.IsInterface).Where(face => Assembly.GetTypes().Count(t => t is { IsClass: true, IsAbstract: false } && face.IsAssignableFrom(t)) < 2).Select(t => t.FullName).ToList();
        Assert.Empty(single);
    }

    private static IEnumerable<Type> TypesOf(string folder) => Assembly.GetTypes().Where(t => FolderOf(t) == folder);

    private static string? FolderOf(Type type) =>
        type.Assembly == Assembly && FolderPattern().Match(type.Namespace ?? "") is { Success: true } match ? match.Groups[1].Value : null;

    private static IEnumerable<Type> KnownBy(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var known = new HashSet<Type>();
        void Add(Type? other)
        {
            if (other is null) return;
            if (other.HasElementType) Add(other.GetElementType());
            else if (known.Add(other) && other.IsGenericType)
                foreach (var argument in other.GetGenericArguments()) Add(argument);
        }
        Add(type.BaseType);
        foreach (var face in type.GetInterfaces()) Add(face);
        foreach (var field in type.GetFields(All)) Add(field.FieldType);
        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            if (method is MethodInfo { ReturnType: var result }) Add(result);
            foreach (var parameter in method.GetParameters()) Add(parameter.ParameterType);
            foreach (var local in method.GetMethodBody()?.LocalVariables ?? []) Add(local.LocalType);
            foreach (var called in Calls(method)) Add(called.DeclaringType);
        }
        return known;
    }

    private static IEnumerable<MethodBase> Bodies(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All));
    }

    private static IEnumerable<MethodBase> Calls(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } il) yield break;
        var typeArguments = method.DeclaringType?.IsGenericType == true ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var i = 0; i < il.Length;)
        {
            // Instruction by instruction: a byte of an operand may look like a call, and then names any method at all.
            var code = il[i] == 0xFE ? TwoByteCodes[il[i + 1]] : OneByteCodes[il[i]];
            i += code.Size;
            if (code.OperandType == OperandType.InlineMethod) yield return method.Module.ResolveMethod(BitConverter.ToInt32(il, i), typeArguments, methodArguments)!;
            i += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, i),
                _ => 4,
            };
        }
    }

    private static readonly OpCode[] OneByteCodes = Codes(1);
    private static readonly OpCode[] TwoByteCodes = Codes(2);

    private static OpCode[] Codes(int size)
    {
        var codes = new OpCode[256];
        foreach (var code in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (OpCode)f.GetValue(null)!))
            if (code.Size == size) codes[(byte)code.Value] = code;
        return codes;
    }

    [GeneratedRegex(@"^Scheduler\.Core\.([A-Za-z]+)")]
    private static partial Regex FolderPattern();
}
