using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Scheduler.Web.Live;

/// <summary>SignalR's JSON protocol, with arguments that may be left out: a call that gives none to a method that takes one gives null.</summary>
internal sealed class OptionalArguments(JsonHubProtocol json) : IHubProtocol
{
    public string Name => json.Name;
    public int Version => json.Version;
    public TransferFormat TransferFormat => json.TransferFormat;

    public bool IsVersionSupported(int version) => json.IsVersionSupported(version);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => json.WriteMessage(message, output);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => json.GetMessageBytes(message);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        var again = input;
        if (!json.TryParseMessage(ref input, binder, out message)) return false;
        // Arguments that do not fit are invalid data; a method that is not there is something else, and has no parameters to ask for.
        if (message is InvocationBindingFailureMessage { BindingFailure.SourceException: InvalidDataException } failure && binder.GetParameterTypes(failure.Target) is [var only] && !only.IsValueType
            && json.TryParseMessage(ref again, new WithoutParameters(binder), out var bare) && bare is InvocationMessage call)
            message = new InvocationMessage(call.InvocationId, call.Target, [null], call.StreamIds) { Headers = call.Headers };
        return true;
    }

    private sealed class WithoutParameters(IInvocationBinder binder) : IInvocationBinder
    {
        public Type GetReturnType(string invocationId) => binder.GetReturnType(invocationId);

        public IReadOnlyList<Type> GetParameterTypes(string methodName) => [];

        public Type GetStreamItemType(string streamId) => binder.GetStreamItemType(streamId);
    }
}
