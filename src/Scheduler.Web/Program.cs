var app = WebApplication.CreateBuilder(args).Build();
app.MapGet("/", () => "Scheduler");
app.Run();
