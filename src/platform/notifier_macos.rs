//! Notifications by Notification Center. Linted and linked on Linux; only a Mac can run it.
//!
//! Not being allowed to show any is a normal state: the menu says the same.

use std::env;
use std::panic::AssertUnwindSafe;
use std::process::Command;
use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use block2::{DynBlock, RcBlock};
use objc2::rc::Retained;
use objc2::runtime::{Bool, NSObject, NSObjectProtocol, ProtocolObject};
use objc2::{AnyThread, DefinedClass, define_class, exception, msg_send};
use objc2_foundation::{NSArray, NSError, NSSet, NSString};
use objc2_user_notifications::{
    UNAuthorizationOptions, UNMutableNotificationContent, UNNotification, UNNotificationAction,
    UNNotificationActionOptions, UNNotificationCategory, UNNotificationCategoryOptions,
    UNNotificationPresentationOptions, UNNotificationRequest, UNNotificationResponse, UNNotificationSettings,
    UNUserNotificationCenter, UNUserNotificationCenterDelegate,
};

use super::notification_center::{self as center, Permission};
use crate::domain::facts::{NotificationService, Signature};
use crate::platform::pool::in_a_pool;
use crate::platform::program::shell_word;
use crate::platform::{bundle, process};
use crate::ports::notifier::{Answers, Button, Notification, key};
use crate::ports::{Notifier, NotifierError};

/// How long another process of the system is waited for.
const LIMIT: Duration = Duration::from_secs(5);
const CODESIGN: &str = "/usr/bin/codesign";

/// Notification Center.
#[derive(Default)]
pub struct SystemNotifier {
    /// The system only borrows it.
    delegate: OnceLock<Retained<Delegate>>,
    was_asked: AtomicBool,
}

impl Notifier for SystemNotifier {
    fn listen(&self, sets: &[Vec<Button>], answers: Answers) {
        let delegate = self.delegate.get_or_init(|| Delegate::new(Ears { sets: sets.to_vec(), answers }));
        let categories: Vec<_> = sets.iter().map(|set| category(set)).collect();
        let listens = touch(|center| {
            center.setDelegate(Some(ProtocolObject::from_ref(&**delegate)));
            center.setNotificationCategories(&NSSet::from_retained_slice(&categories));
        });
        if let Err(error) = listens {
            tracing::warn!("answers to notifications will not be heard: {error}");
        }
    }

    fn ask(&self) {
        if self.was_asked.swap(true, Ordering::Relaxed) {
            return;
        }
        let answered = RcBlock::new(|allowed: Bool, error: *mut NSError| {
            drop(said(error));
            tracing::info!("the user was asked for notifications, and allows them: {}", allowed.as_bool());
        });
        let options = UNAuthorizationOptions::Alert;
        let asked = touch(|center| center.requestAuthorizationWithOptions_completionHandler(options, &answered));
        if let Err(error) = asked {
            tracing::warn!("the user could not be asked for notifications: {error}");
        }
    }

    fn show(&self, notification: &Notification) -> Result<(), NotifierError> {
        let permission = permission().map_err(NotifierError::Failed)?;
        match permission {
            Permission::NotAskedYet => return Err(NotifierError::NotAskedYet),
            Permission::Refused => return Err(NotifierError::Refused),
            Permission::Alerts | Permission::List => {}
        }
        let request = request(notification);
        let refused = answer(|center, sender| {
            let done = RcBlock::new(move |error| drop(sender.send(said(error))));
            center.addNotificationRequest_withCompletionHandler(&request, Some(&done));
        })
        .map_err(NotifierError::Failed)?;
        match refused {
            Some(error) => Err(error),
            // In the list, where nobody looks who has asked for something.
            None if permission == Permission::List => Err(NotifierError::Refused),
            None => Ok(()),
        }
    }
}

/// What hears answers.
struct Ears {
    sets: Vec<Vec<Button>>,
    answers: Answers,
}

define_class!(
    // SAFETY: any class may be made from NSObject, and this one has no drop of its own.
    #[unsafe(super(NSObject))]
    #[name = "WickNotificationDelegate"]
    #[ivars = Ears]
    struct Delegate;

    // SAFETY: nothing is to be done for it.
    unsafe impl NSObjectProtocol for Delegate {}

    // SAFETY: both methods have the types that the protocol gives them.
    unsafe impl UNUserNotificationCenterDelegate for Delegate {
        /// Without it, an app that is in front shows none.
        #[unsafe(method(userNotificationCenter:willPresentNotification:withCompletionHandler:))]
        fn will_present(
            &self,
            _center: &UNUserNotificationCenter,
            _notification: &UNNotification,
            done: &DynBlock<dyn Fn(UNNotificationPresentationOptions)>,
        ) {
            done.call((UNNotificationPresentationOptions::Banner | UNNotificationPresentationOptions::List,));
        }

        #[unsafe(method(userNotificationCenter:didReceiveNotificationResponse:withCompletionHandler:))]
        fn did_receive(
            &self,
            _center: &UNUserNotificationCenter,
            response: &UNNotificationResponse,
            done: &DynBlock<dyn Fn()>,
        ) {
            let request = response.notification().request().identifier().to_string();
            let button = response.actionIdentifier().to_string();
            let Ears { sets, answers } = self.ivars();
            if let Some(answer) = center::answer(&request, &button, sets) {
                answers(answer);
            }
            done.call(());
        }
    }
);

impl Delegate {
    fn new(ears: Ears) -> Retained<Self> {
        let this = Self::alloc().set_ivars(ears);
        // SAFETY: NSObject's `init` has this type.
        #[expect(unsafe_code, reason = "how a class of our own is made")]
        unsafe {
            msg_send![super(this), init]
        }
    }
}

/// Does something with Notification Center. Where the system does not know the app, its first touch throws an exception, which
/// would end the process: what it says is the error.
fn touch<T>(act: impl FnOnce(&UNUserNotificationCenter) -> T) -> Result<T, String> {
    if bundle::path().is_none() {
        return Err("the program is in no app bundle".to_owned());
    }
    let act = AssertUnwindSafe(|| act(&UNUserNotificationCenter::currentNotificationCenter()));
    let done = in_a_pool(|| exception::catch(act));
    done.map_err(|thrown| thrown.map_or_else(|| "an exception".to_owned(), |thrown| thrown.to_string()))
}

/// What Notification Center, which is another process and may hang, answers in time.
fn answer<T>(ask: impl FnOnce(&UNUserNotificationCenter, Sender<T>)) -> Result<T, String> {
    let (sender, answer) = channel();
    touch(|center| ask(center, sender))?;
    answer.recv_timeout(LIMIT).map_err(|_| "it did not answer in time".to_owned())
}

fn permission() -> Result<Permission, String> {
    answer(|center, sender| {
        let read = move |settings: NonNull<UNNotificationSettings>| {
            // SAFETY: it is the system's, and there until the block returns.
            #[expect(unsafe_code, reason = "a block gets pointers")]
            let settings = unsafe { settings.as_ref() };
            let found = center::permission(settings.authorizationStatus().0, settings.alertSetting().0);
            let _nobody_waits_any_longer = sender.send(found);
        };
        center.getNotificationSettingsWithCompletionHandler(&RcBlock::new(read));
    })
}

/// What a block was told to be wrong. The log keeps it in the system's words.
fn said(error: *mut NSError) -> Option<NotifierError> {
    // SAFETY: it is the system's, or null, and there until the block returns.
    #[expect(unsafe_code, reason = "a block gets pointers")]
    let error = unsafe { error.as_ref() }?;
    let (domain, text) = (error.domain().to_string(), error.localizedDescription().to_string());
    tracing::warn!("Notification Center: {text} ({domain} {})", error.code());
    Some(center::failure(&domain, error.code(), &text))
}

fn request(notification: &Notification) -> Retained<UNNotificationRequest> {
    let content = UNMutableNotificationContent::new();
    content.setTitle(&NSString::from_str(&notification.summary));
    content.setBody(&NSString::from_str(&notification.body));
    content.setCategoryIdentifier(&NSString::from_str(&center::category(&notification.buttons)));
    let name = NSString::from_str(&center::request(notification));
    UNNotificationRequest::requestWithIdentifier_content_trigger(&name, &content, None)
}

/// Not with the option to hear of dismissals, for which the system would start the app.
fn category(buttons: &[Button]) -> Retained<UNNotificationCategory> {
    let button = |(action, label): &Button| {
        let (name, label) = (NSString::from_str(&key(*action)), NSString::from_str(label));
        UNNotificationAction::actionWithIdentifier_title_options(&name, &label, UNNotificationActionOptions::empty())
    };
    let actions: Vec<_> = buttons.iter().map(button).collect();
    UNNotificationCategory::categoryWithIdentifier_actions_intentIdentifiers_options(
        &NSString::from_str(&center::category(buttons)),
        &NSArray::from_retained_slice(&actions),
        &NSArray::new(),
        UNNotificationCategoryOptions::empty(),
    )
}

/// Whether a notification could be shown now, without asking for permission.
pub fn find() -> NotificationService {
    let Some(app) = bundle::path() else { return NotificationService::NoBundle };
    let app = shell_word(app.as_ref());
    match permission() {
        Ok(Permission::Alerts) => {
            NotificationService::Present { name: "Notification Center".to_owned(), buttons: true }
        }
        Ok(Permission::NotAskedYet) => NotificationService::NotAskedYet(signature()),
        Ok(Permission::List | Permission::Refused) => NotificationService::Refused { app },
        Err(reason) => NotificationService::Unreachable { app, reason },
    }
}

/// Whom this program says it is from.
fn signature() -> Signature {
    let Ok(program) = env::current_exe() else { return Signature::Unknown };
    match process::run(Command::new(CODESIGN).args(["--display", "--verbose=2"]).arg(program), LIMIT) {
        // It says what it found as a complaint.
        Ok(output) => Signature::of(output.status.success(), &String::from_utf8_lossy(&output.stderr)),
        Err(_) => Signature::Unknown,
    }
}
