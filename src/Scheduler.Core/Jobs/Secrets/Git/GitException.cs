namespace Scheduler.Core.Jobs.Secrets.Git;

/// <summary>A repository that can't be read, with the reason in words for whoever made the schedule.</summary>
internal sealed class GitException(string message, Exception? inner = null) : Exception(message, inner);
