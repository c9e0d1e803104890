using Scheduler.Web.Identity;

namespace Scheduler.Web.Tests.Identity;

public sealed class PasswordRulesTests
{
    [Theory]
    [InlineData("correct horse battery")]
    [InlineData("zq8!kfLp2#xW")]             // twelve characters
    [InlineData("password but with a lot more words")]
    public void Complaint_AGoodPassword_IsNull(string password) => Assert.Null(PasswordRules.Complaint("ana@example.com", password));

    [Theory]
    [InlineData("ana@example.com", "short")]
    [InlineData("ana@example.com", "elevenchars")]
    [InlineData("ana@example.com", "aaaaaaaaaaaaaaaa")]          // one character
    [InlineData("ana@example.com", "Password1234")]
    [InlineData("ana@example.com", "qwertyuiop12")]
    [InlineData("ana@example.com", "1234567890ab")]
    [InlineData("marketing@example.com", "I love Marketing!")]   // the e-mail's name, in whatever case
    public void Complaint_AWeakPassword_SaysWhy(string email, string password) => Assert.NotNull(PasswordRules.Complaint(email, password));

    [Fact]
    public void Complaint_AnEndlessPassword_IsRefused() => Assert.NotNull(PasswordRules.Complaint("ana@example.com", string.Concat(Enumerable.Repeat("correct horse ", 20))));
}
