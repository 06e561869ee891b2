//! What to do about a key that cannot sign: another key to give, or the command that makes a usable one of the file as it is
//! kept.

use std::borrow::Cow;

/// What to do, as data: the words depend on the option and on how the file is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Something else, in words.
    Do(&'static str),
    /// The same, or to have the bytes taken as they are, where the option has an encoding beside it.
    DoOrTakeRaw(&'static str),
    /// To sign with it, instead of taking it for a shared secret.
    SignWithIt,
    /// To have a program make a usable key of it.
    Convert(Conversion, Kept),
}

/// What a program makes of a key file that cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    /// A key without its encryption.
    Decrypt,
    /// The key in a PKCS#12 file.
    Unpack,
    /// The key in one with an encryption that OpenSSL 3 reads with `-legacy` alone.
    UnpackOld,
    /// An EC key that names its curve.
    NameCurve,
    /// An EC key with the whole of its public part.
    Complete,
    /// PKCS#8 of a key in the format of OpenSSH.
    FromOpenSsh,
    /// PKCS#8 of an Ed25519 key in that format.
    Ed25519FromOpenSsh,
    /// A key in that format without its passphrase.
    TakePassphraseOff,
}

/// How a file is kept that a program is to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// As programs read it.
    AsItIs,
    /// In base64 as a whole.
    InBase64,
    /// In another way, without its line breaks say, which no one command undoes.
    Otherwise,
}

impl Remedy {
    /// The remedy for a file that programs can read.
    pub(super) const fn convert(conversion: Conversion) -> Self {
        Self::Convert(conversion, Kept::AsItIs)
    }

    /// The same remedy for a file that is kept in this way.
    pub(super) fn for_kept(self, kept: Kept) -> Self {
        if let Self::Convert(conversion, _) = self { Self::Convert(conversion, kept) } else { self }
    }

    /// In words, for the key of `option`: beside `--key` alone there is `--key-encoding`.
    pub(super) fn text(self, option: &str) -> Cow<'static, str> {
        const OR_RAW: &str = "; --key-encoding raw uses any bytes unchanged";
        const LEAVE_OUT: &str = "remove --key-encoding and the HS algorithm to sign with it";
        let text = match (self, option) {
            (Self::DoOrTakeRaw(text), "--key") => return Cow::Owned(text.to_owned() + OR_RAW),
            (Self::Do(text) | Self::DoOrTakeRaw(text), _) => text,
            (Self::SignWithIt, "--key") => return Cow::Owned(LEAVE_OUT.to_owned() + OR_RAW),
            (Self::SignWithIt, "--client-secret") => {
                "give it with --client-key to sign with it, or give the secret that the server has too"
            }
            (Self::SignWithIt, _) => "remove the HS algorithm to sign with it",
            // It is the path of a file, and no source.
            (Self::Convert(conversion, Kept::AsItIs), "--tls-key") => conversion.to_file(),
            (Self::Convert(conversion, Kept::AsItIs), _) => conversion.of_file(),
            (Self::Convert(conversion, Kept::InBase64), _) => conversion.of_base64(),
            (Self::Convert(_, Kept::Otherwise), _) => {
                "save it as the original file, with its line breaks and nothing around them, and give that file: the \
                 message about it has the command"
            }
        };
        Cow::Borrowed(text)
    }
}

/// What turns the body of an Ed25519 key of OpenSSH into PKCS#8 in hex, up to the end of the command. ssh-keygen does not
/// write these in PKCS#8: what stands before the 32 bytes of the key there, in hex, and the bytes. In the format of OpenSSH
/// the public key stands around their length and them; of anything else nothing is printed.
macro_rules! hex_of_seed {
    () => {
        concat!(
            r#"tr -d "\r" | base64 -d | od -An -v -tx1 | tr -d " \n" | "#,
            r#"sed -nE "s/.*35313900000020(.{64})00000040(.{64})\1.*/302e020100300506032b657004220420\2/p" | grep .'"#
        )
    };
}

impl Conversion {
    /// For a file that programs can read.
    fn of_file(self) -> &'static str {
        match self {
            Self::Decrypt => "decrypt it when it is read: cmd:openssl pkey -in KEY -passin file:PASSWORD",
            Self::Unpack => {
                "take the key out of it when it is read: cmd:openssl pkcs12 -in KEY -nocerts -nodes -passin file:PASSWORD"
            }
            Self::UnpackOld => {
                "take the key out of it when it is read: cmd:openssl pkcs12 -in KEY -nocerts -nodes -legacy -passin \
                 file:PASSWORD"
            }
            Self::NameCurve => {
                "have openssl name its curve when it is read: cmd:openssl ec -param_enc named_curve -in KEY"
            }
            Self::Complete => {
                "have openssl complete it when it is read: cmd:openssl ec -conv_form uncompressed -in KEY"
            }
            Self::FromOpenSsh => "convert a copy of it: ssh-keygen -p -N '' -m PKCS8 -f COPY; then give file:COPY",
            Self::Ed25519FromOpenSsh => {
                concat!("convert it when it is read: cmd:sh -c 'sed /----/d KEY | ", hex_of_seed!())
            }
            Self::TakePassphraseOff => {
                "take the passphrase off a copy of it: ssh-keygen -p -N '' -f COPY; then give file:COPY"
            }
        }
    }

    /// For an option that takes a file alone.
    fn to_file(self) -> &'static str {
        match self {
            Self::Decrypt => "give a copy without encryption: openssl pkey -in KEY -out COPY",
            Self::Unpack => "give the key in it: openssl pkcs12 -in KEY -nocerts -nodes -out COPY",
            Self::UnpackOld => "give the key in it: openssl pkcs12 -in KEY -nocerts -nodes -legacy -out COPY",
            Self::NameCurve => "give a copy that names its curve: openssl ec -param_enc named_curve -in KEY -out COPY",
            Self::Complete => "give a complete copy: openssl ec -conv_form uncompressed -in KEY -out COPY",
            Self::FromOpenSsh | Self::TakePassphraseOff => {
                "convert a copy of it, and give that: ssh-keygen -p -N '' -m PKCS8 -f COPY"
            }
            Self::Ed25519FromOpenSsh => "give the key in PKCS#8, as openssl genpkey -algorithm ed25519 makes it",
        }
    }

    /// For base64 of such a file.
    fn of_base64(self) -> &'static str {
        match self {
            Self::Decrypt => {
                "decrypt it when it is read: cmd:sh -c 'base64 -d KEY | openssl pkey -passin file:PASSWORD'"
            }
            Self::Unpack => {
                "take the key out of it when it is read: \
                 cmd:sh -c 'base64 -d KEY | openssl pkcs12 -nocerts -nodes -passin file:PASSWORD'"
            }
            Self::UnpackOld => {
                "take the key out of it when it is read: \
                 cmd:sh -c 'base64 -d KEY | openssl pkcs12 -nocerts -nodes -legacy -passin file:PASSWORD'"
            }
            Self::NameCurve => {
                "have openssl name its curve when it is read: cmd:sh -c 'base64 -d KEY | openssl ec -param_enc named_curve'"
            }
            Self::Complete => {
                "have openssl complete it when it is read: cmd:sh -c 'base64 -d KEY | openssl ec -conv_form uncompressed'"
            }
            Self::FromOpenSsh => {
                "decode and convert a copy of it: (umask 077; base64 -d KEY > COPY) && ssh-keygen -p -N '' -m PKCS8 -f \
                 COPY; then give file:COPY"
            }
            Self::Ed25519FromOpenSsh => {
                concat!("convert it when it is read: cmd:sh -c 'base64 -d KEY | sed /----/d | ", hex_of_seed!())
            }
            Self::TakePassphraseOff => {
                "decode a copy of it and take its passphrase off: (umask 077; base64 -d KEY > COPY) && \
                 ssh-keygen -p -N '' -f COPY; then give file:COPY"
            }
        }
    }
}
