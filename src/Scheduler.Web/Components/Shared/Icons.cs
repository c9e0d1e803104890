namespace Scheduler.Web.Components.Shared;

/// <summary>Line drawings on a 16 by 16 grid, in the colour of the text around them. Shown by <c>&lt;Icon Of="@Icons.Clock" /&gt;</c>.</summary>
public static class Icons
{
    // Navigation
    public const string Dashboard = """<rect x="2" y="2" width="5" height="6.5" rx="1"/><rect x="9" y="2" width="5" height="3.5" rx="1"/><rect x="9" y="7.5" width="5" height="6.5" rx="1"/><rect x="2" y="10.5" width="5" height="3.5" rx="1"/>""";
    public const string Calendar = """<rect x="2" y="3" width="12" height="11" rx="1.5"/><path d="M2 6.5h12M5.2 1.5v3M10.8 1.5v3"/>""";
    public const string Runs = """<circle cx="8" cy="8" r="6"/><path d="M6.7 5.5v5l4-2.5z" fill="currentColor"/>""";
    public const string Settings = """<path d="M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6"/><circle cx="10" cy="4.5" r="1.8"/><circle cx="6" cy="11.5" r="1.8"/>""";
    public const string Users = """<circle cx="6" cy="5" r="2.5"/><path d="M1.5 13.5c.3-2.6 2-4 4.5-4s4.2 1.4 4.5 4M10.5 2.8a2.5 2.5 0 0 1 0 4.4M12 9.8c1.5.5 2.3 1.8 2.5 3.7"/>""";
    public const string Bug = """<path d="M5 6.5a3 3 0 0 1 6 0v3.5a3 3 0 0 1-6 0zM6 4 4.5 2M10 4l1.5-2M5 8H1.8M14.2 8H11M5 11l-2.7 1.7M11 11l2.7 1.7M5 6 2.6 4.7M11 6l2.4-1.3M8 6v7"/>""";
    public const string Queue = """<rect x="2" y="2.5" width="12" height="3" rx="1"/><path d="M2 8.5h12M2 11h12M2 13.5h8"/>""";
    public const string Bell = """<path d="M3.5 11.5c1-.9 1.3-2 1.3-4.3a3.2 3.2 0 0 1 6.4 0c0 2.3.3 3.4 1.3 4.3zM6.7 13.7a1.5 1.5 0 0 0 2.6 0"/>""";
    public const string Shield = """<path d="M8 1.8 13 3.6v4c0 3.2-2 5.4-5 6.7-3-1.3-5-3.5-5-6.7v-4z"/>""";
    public const string Book = """<path d="M8 4c-1.5-1.2-3.4-1.5-6-1.5v10c2.6 0 4.5.3 6 1.5 1.5-1.2 3.4-1.5 6-1.5v-10c-2.6 0-4.5.3-6 1.5zM8 4v10"/>""";
    public const string Bolt = """<path d="M9 1.5 3 9h4.5L7 14.5 13 7H8.5z"/>""";
    public const string Rewind = """<path d="M7.5 4v8L2 8zM14 4v8L8.5 8z"/>""";
    public const string Event = """<circle cx="8" cy="8" r="1.6" fill="currentColor"/><path d="M4.9 11.1a4.4 4.4 0 0 1 0-6.2M11.1 4.9a4.4 4.4 0 0 1 0 6.2M2.8 13.2a7.3 7.3 0 0 1 0-10.4M13.2 2.8a7.3 7.3 0 0 1 0 10.4"/>""";
    public const string Eye = """<path d="M1.5 8C3 5 5.2 3.5 8 3.5S13 5 14.5 8C13 11 10.8 12.5 8 12.5S3 11 1.5 8z"/><circle cx="8" cy="8" r="2"/>""";

    // Acts
    public const string Search = """<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>""";
    public const string Plus = """<path d="M8 3v10M3 8h10"/>""";
    public const string Check = """<path d="m3 8.5 3.5 3.5L13 4.5"/>""";
    public const string Close = """<path d="m3.5 3.5 9 9M12.5 3.5l-9 9"/>""";
    public const string Play = """<path d="M4.5 2.5v11l9-5.5z"/>""";
    public const string Pause = """<path d="M5 3v10M11 3v10"/>""";
    public const string Stop = """<rect x="3.5" y="3.5" width="9" height="9" rx="1"/>""";
    public const string Retry = """<path d="M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.5v3h-3"/>""";
    public const string Skip = """<path d="M2.5 3.5v9L9 8zM12.5 3.5v9"/>""";
    public const string Edit = """<path d="m10.5 3 2.5 2.5-7.5 7.5H3v-2.5zM9 4.5 11.5 7"/>""";
    public const string Trash = """<path d="M2.5 4h11M6 4V2.5h4V4M4 4l.6 9.5h6.8L12 4M6.7 6.7v4.1M9.3 6.7v4.1"/>""";
    public const string Copy = """<rect x="5.5" y="5.5" width="8" height="8" rx="1.2"/><path d="M3.5 10.5h-.3a.7.7 0 0 1-.7-.7V3.2c0-.4.3-.7.7-.7h6.6c.4 0 .7.3.7.7v.3"/>""";
    public const string Download = """<path d="M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11"/>""";
    public const string Upload = """<path d="M8 10.5V2.5M4.5 6 8 2.5 11.5 6M2.5 13.5h11"/>""";
    public const string Filter = """<path d="M2 3.5h12M4 8h8M6.5 12.5h3"/>""";
    public const string More = """<circle cx="3.5" cy="8" r=".8" fill="currentColor"/><circle cx="8" cy="8" r=".8" fill="currentColor"/><circle cx="12.5" cy="8" r=".8" fill="currentColor"/>""";
    public const string SignOut = """<path d="M6.5 2.5h-3a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h3M6 8h8M11 5l3 3-3 3"/>""";

    // Signs
    public const string ChevronDown = """<path d="m4 6 4 4 4-4"/>""";
    public const string ChevronRight = """<path d="m6 4 4 4-4 4"/>""";
    public const string ArrowLeft = """<path d="M13.5 8h-11M6.5 4l-4 4 4 4"/>""";
    public const string External = """<path d="M9 2.5h4.5V7M13.5 2.5 7.5 8.5M11.5 9.5v3a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1h3"/>""";
    public const string Link = """<path d="M6.8 9.2a2.8 2.8 0 0 0 4 0l2-2a2.8 2.8 0 0 0-4-4l-.8.8M9.2 6.8a2.8 2.8 0 0 0-4 0l-2 2a2.8 2.8 0 0 0 4 4l.8-.8"/>""";
    public const string Menu = """<path d="M2 4h12M2 8h12M2 12h12"/>""";
    public const string Sidebar = """<rect x="2" y="2.5" width="12" height="11" rx="1.5"/><path d="M6 2.5v11"/>""";
    public const string Info = """<circle cx="8" cy="8" r="6"/><path d="M8 7.3v3.7M8 5v.1"/>""";
    public const string Warning = """<path d="M8 2 14.5 13.5h-13zM8 6.5v3M8 11.5v.1"/>""";
    public const string Lock = """<rect x="3" y="7" width="10" height="7" rx="1.5"/><path d="M5 7V5a3 3 0 0 1 6 0v2"/>""";
    public const string Key = """<circle cx="5" cy="11" r="3"/><path d="m7.2 8.8 6-6M11 5l2 2M9 7l1.2 1.2"/>""";
    public const string Clock = """<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 1.5"/>""";
    public const string Globe = """<circle cx="8" cy="8" r="6"/><path d="M2 8h12M8 2c2.2 2.2 2.2 9.8 0 12M8 2c-2.2 2.2-2.2 9.8 0 12"/>""";
    public const string Sun = """<circle cx="8" cy="8" r="2.8"/><path d="M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9"/>""";
    public const string Moon = """<path d="M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z"/>""";
    public const string Screen = """<rect x="1.5" y="2.5" width="13" height="8.5" rx="1.2"/><path d="M5.5 13.5h5M8 11v2.5"/>""";
    public const string Keyboard = """<rect x="1.5" y="4" width="13" height="8.5" rx="1.2"/><path d="M4 6.7h.1M6.7 6.7h.1M9.3 6.7h.1M12 6.7h.1M5 9.8h6"/>""";
    public const string Person = """<circle cx="8" cy="5" r="2.8"/><path d="M2.5 14c.4-3 2.5-4.5 5.5-4.5s5.1 1.5 5.5 4.5"/>""";
    public const string Help = """<circle cx="8" cy="8" r="6"/><path d="M6.2 6.2c.1-1.2.9-1.9 1.9-1.9s1.8.7 1.8 1.7c0 1.4-1.9 1.5-1.9 2.9M8 11.3v.1"/>""";
    public const string File = """<path d="M4 1.8h5.5L12.5 5v9.2H4zM9.3 2v3.2h3"/>""";
    public const string Folder = """<path d="M1.8 3.5c0-.4.3-.7.7-.7h3.7l1.5 1.7h5.8c.4 0 .7.3.7.7v7.3c0 .4-.3.7-.7.7h-11a.7.7 0 0 1-.7-.7z"/>""";
    public const string Chart = """<path d="M2.5 2.5v11h11M5.5 10.5V8M8.5 10.5V4.5M11.5 10.5v-4"/>""";
}
