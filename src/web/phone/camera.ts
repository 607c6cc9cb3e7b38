export interface Camera {
  /** A JPEG of what it sees. */
  picture(): Promise<Uint8Array>;
  stop(): void;
}

const WIDTH_PIXELS = 640;
const QUALITY = 0.8;

/**
 * Starts the camera that looks at the wearer or away from them, whichever the phone offers first.
 *
 * @throws DOMException when it is refused or there is none
 */
export async function startCamera(): Promise<Camera> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { width: { ideal: WIDTH_PIXELS }, facingMode: 'environment' },
    audio: false,
  });
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  await video.play();
  return {
    picture: async () => {
      const scale = Math.min(1, WIDTH_PIXELS / video.videoWidth);
      const canvas = document.createElement('canvas');
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise<Blob | null>((resolve) => {
        canvas.toBlob(resolve, 'image/jpeg', QUALITY);
      });
      return new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));
    },
    stop: () => {
      for (const track of stream.getTracks()) track.stop();
    },
  };
}
